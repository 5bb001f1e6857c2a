#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/context_store.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct SetOptions {
  std::string name;
  Context context;
};

absl::StatusOr<ContextStore> LoadStore(Tool& tool) {
  return ContextStore::Load(ContextStore::DefaultPath(tool.environment));
}

absl::Status NoSuchContext(const std::string& name) {
  return UsageError(
      fmt::format("no context \"{}\": see \"kith context list\"", name));
}

void Print(Tool& tool, const ContextStore& store, const std::string& name) {
  const Context& context = *store.Find(name);
  const bool current = store.current() == name;
  const std::string token = MaskToken(context.token);
  std::string text =
      fmt::format("{} {:<16} {}", current ? "*" : " ", name, context.endpoint);
  if (!token.empty()) text += fmt::format("  token {}", token);
  if (context.insecure) text += "  insecure";
  if (context.tls) text += "  tls";
  if (!context.tls_ca.empty()) text += fmt::format("  ca {}", context.tls_ca);
  tool.output.Result(text, {{"name", name},
                            {"current", current},
                            {"endpoint", context.endpoint},
                            {"token", token},
                            {"insecure", context.insecure},
                            {"tls", context.tls},
                            {"tls_ca", context.tls_ca}});
}

absl::StatusOr<int> Set(Tool& tool, const SetOptions& options) {
  KITH_ASSIGN_OR_RETURN(ContextStore store, LoadStore(tool));
  store.Set(options.name, options.context);
  KITH_RETURN_IF_ERROR(store.Save());
  Print(tool, store, options.name);
  return kExitOk;
}

absl::StatusOr<int> Use(Tool& tool, const std::string& name) {
  KITH_ASSIGN_OR_RETURN(ContextStore store, LoadStore(tool));
  if (!store.Use(name)) return NoSuchContext(name);
  KITH_RETURN_IF_ERROR(store.Save());
  Print(tool, store, name);
  return kExitOk;
}

absl::StatusOr<int> Remove(Tool& tool, const std::string& name) {
  KITH_ASSIGN_OR_RETURN(ContextStore store, LoadStore(tool));
  if (!store.Remove(name)) return NoSuchContext(name);
  KITH_RETURN_IF_ERROR(store.Save());
  tool.output.Result("removed " + name, {{"removed", name}});
  return kExitOk;
}

absl::StatusOr<int> List(Tool& tool) {
  KITH_ASSIGN_OR_RETURN(const ContextStore store, LoadStore(tool));
  for (const auto& [name, context] : store.contexts()) {
    Print(tool, store, name);
  }
  if (store.contexts().empty()) {
    tool.output.Note(
        "no contexts: make one with \"kith context set NAME "
        "--endpoint HOST:PORT\"");
  }
  return kExitOk;
}

absl::StatusOr<int> Show(Tool& tool, const std::string& name) {
  KITH_ASSIGN_OR_RETURN(const ContextStore store, LoadStore(tool));
  const std::string& shown = name.empty() ? store.current() : name;
  if (shown.empty()) {
    return UsageError(
        "no current context: choose one with \"kith context "
        "use NAME\"");
  }
  if (store.Find(shown) == nullptr) return NoSuchContext(shown);
  Print(tool, store, shown);
  return kExitOk;
}

void AddSet(CLI::App& parent, Tool& tool) {
  CLI::App* verb = parent.add_subcommand(
      "set",
      "Save a context, replacing one of that name; the first one "
      "becomes the current one");
  auto options = std::make_shared<SetOptions>();
  Context& context = options->context;
  verb->add_option("NAME", options->name, "e.g. staging")->required();
  verb->add_option("--endpoint", context.endpoint,
                   "host:port or unix:/path of the server")
      ->required();
  verb->add_option("--token", context.token, "key to authenticate with");
  CLI::Option* insecure =
      verb->add_flag("--insecure", context.insecure, "no TLS");
  verb->add_flag("--tls", context.tls, "TLS, on this machine too")
      ->excludes(insecure);
  verb->add_option("--tls-ca", context.tls_ca,
                   "PEM file of the authorities to trust")
      ->excludes(insecure);
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nExample:\n"
      "  kith context set prod --endpoint kith.example.com:443 --token $KEY\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Set(tool, *options); };
  });
}

// A verb that takes the name of a context.
void AddNamed(CLI::App& parent, Tool& tool, const std::string& name,
              const std::string& description, bool required,
              absl::StatusOr<int> (*run)(Tool&, const std::string&)) {
  CLI::App* verb = parent.add_subcommand(name, description);
  auto context = std::make_shared<std::string>();
  verb->add_option("NAME", *context, "of the context")->required(required);
  AddOutputFlag(*verb, tool);
  verb->callback([&tool, context, run] {
    tool.action = [&tool, context, run] { return run(tool, *context); };
  });
}

}  // namespace

void AddContextVerbs(CLI::App& app, Tool& tool) {
  CLI::App* parent = app.add_subcommand(
      "context", "Save the servers you work with under names");
  parent->require_subcommand(1);
  parent->footer(
      "\nContexts are kept in $XDG_CONFIG_HOME/kith/contexts.json, readable "
      "by you alone.\nFlags outrank KITH_ENDPOINT and KITH_TOKEN, which "
      "outrank the current context.\n");
  AddSet(*parent, tool);
  AddNamed(*parent, tool, "use", "Make a context the current one", true, Use);
  AddNamed(*parent, tool, "show", "Print a context, by default the current one",
           false, Show);
  AddNamed(*parent, tool, "remove", "Forget a context", true, Remove);
  CLI::App* list = parent->add_subcommand("list", "Print all contexts");
  AddOutputFlag(*list, tool);
  list->callback([&tool] { tool.action = [&tool] { return List(tool); }; });
}

}  // namespace kith::tool
