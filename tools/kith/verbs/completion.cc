#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

// The words that may follow one verb.
struct Node {
  std::string path;  // "kith schema"
  std::vector<std::string> words;
};

void Walk(const CLI::App& app, const std::string& path,
          std::vector<Node>* nodes) {
  Node node{path, {}};
  for (const CLI::App* sub : app.get_subcommands({})) {
    node.words.push_back(sub->get_name());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      node.words.push_back("--" + name);
    }
  }
  nodes->push_back(std::move(node));
  for (const CLI::App* sub : app.get_subcommands({})) {
    Walk(*sub, path + " " + sub->get_name(), nodes);
  }
}

std::string Bash(const std::vector<Node>& nodes) {
  std::string cases;
  for (const Node& node : nodes) {
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", node.path,
                         fmt::join(node.words, " "));
  }
  return "# bash completion for kith: source <(kith completion bash)\n"
         "_kith() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=kith words=\"\" "
         "i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \" $(_kith_words \"$path\") \" in\n"
         "      *\" ${COMP_WORDS[i]} \"*)\n"
         "        [[ ${COMP_WORDS[i]} == -* ]] || path+=\" ${COMP_WORDS[i]}\"\n"
         "        ;;\n"
         "    esac\n"
         "  done\n"
         "  words=\"$(_kith_words \"$path\")\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "_kith_words() {\n"
         "  local words=\"\"\n"
         "  case \"$1\" in\n" +
         cases +
         "  esac\n"
         "  printf '%s' \"$words\"\n"
         "}\n"
         "complete -o bashdefault -o default -F _kith kith\n";
}

std::string Zsh(const std::vector<Node>& nodes) {
  return "#compdef kith\n"
         "# zsh completion for kith: source <(kith completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         Bash(nodes);
}

std::string Fish(const std::vector<Node>& nodes) {
  std::string cases;
  for (const Node& node : nodes) {
    cases += fmt::format("    case \"{}\"\n      string split \" \" \"{}\"\n",
                         node.path, fmt::join(node.words, " "));
  }
  return "# fish completion for kith: kith completion fish | source\n"
         "function __kith_words\n"
         "  switch \"$argv\"\n" +
         cases +
         "  end\n"
         "end\n"
         "function __kith_complete\n"
         "  set -l path kith\n"
         "  for word in (commandline -opc)[2..-1]\n"
         "    if not string match -q -- '-*' $word\n"
         "      and contains -- $word (__kith_words $path)\n"
         "      set path $path $word\n"
         "    end\n"
         "  end\n"
         "  __kith_words $path\n"
         "end\n"
         "complete -c kith -a \"(__kith_complete)\"\n";
}

}  // namespace

void AddCompletionVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "completion", "Print a script that completes this command in a shell");
  auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  AddOutputFlag(*verb, tool);
  verb->footer("\nExample:\n  source <(kith completion bash)\n");
  verb->callback([&app, &tool, shell] {
    tool.action = [&app, &tool, shell]() -> absl::StatusOr<int> {
      std::vector<Node> nodes;
      Walk(app, "kith", &nodes);
      const std::string script = *shell == "bash"  ? Bash(nodes)
                                 : *shell == "zsh" ? Zsh(nodes)
                                                   : Fish(nodes);
      if (tool.output.json) {
        tool.output.Result("", {{"shell", *shell}, {"script", script}});
      } else {
        tool.output.Raw(script);
      }
      return kExitOk;
    };
  });
}

}  // namespace kith::tool
