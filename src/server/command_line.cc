#include "server/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "server/setting_table.h"

namespace kith::server {
namespace {

std::string Describe(const Setting& setting) {
  return fmt::format(
      "{} [{}] ({})", setting.help,
      setting.default_text.empty() ? "none" : setting.default_text,
      setting.EnvironmentName());
}

void AddFlags(CLI::App* serve, SettingTexts* flags) {
  for (const Setting& setting : SettingTable()) {
    const std::string flag = "--" + setting.name;
    if (setting.is_switch) {
      serve->add_flag_callback(
          flag, [flags, name = setting.name] { (*flags)[name] = {"true"}; },
          Describe(setting));
      continue;
    }
    serve
        ->add_option_function<std::vector<std::string>>(
            flag,
            [flags,
             name = setting.name](const std::vector<std::string>& texts) {
              (*flags)[name] = texts;
            },
            Describe(setting))
        ->type_name("")
        ->expected(1)
        ->multi_option_policy(setting.is_list ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::Throw);
  }
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv,
                             const std::string& version) {
  CommandLine result;
  CLI::App app("kithd, the server of the Kith authorization database", "kithd");
  app.set_version_flag("--version", "kithd " + version);
  app.require_subcommand(1);
  CLI::App* serve = app.add_subcommand("serve", "serve a database over gRPC");
  serve->footer(
      "Each setting is a flag, an environment variable (in parentheses) or a\n"
      "key of the --config file (the flag's name with _ for -); flags win "
      "over\n"
      "the environment, and that over the file. Defaults are in brackets.");
  std::string config_file;
  serve
      ->add_option("--config", config_file,
                   "TOML file of settings (KITH_CONFIG)")
      ->type_name("");
  AddFlags(serve, &result.flags);
  if (argc < 2) {
    result.message = app.help();
    result.exit_code = 1;
    return result;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    result.exit_code = app.exit(error, out, out);
    result.message = out.str();
  }
  if (!config_file.empty()) result.config_file = config_file;
  return result;
}

absl::StatusOr<Settings> LoadSettings(const CommandLine& command_line,
                                      const Environment& environment) {
  std::optional<std::string> file = command_line.config_file;
  if (!file) file = environment("KITH_CONFIG");
  SettingTexts from_file;
  if (file && !file->empty()) {
    KITH_ASSIGN_OR_RETURN(const std::string text, ReadFile(*file));
    KITH_ASSIGN_OR_RETURN(from_file, ParseConfig(text, *file));
  }
  KITH_ASSIGN_OR_RETURN(
      Settings settings,
      MergeSettings(
          {command_line.flags, ReadEnvironment(environment), from_file}));
  KITH_RETURN_IF_ERROR(LoadKeyFile(&settings));
  for (const std::string& key : settings.preshared_keys) {
    if (key.empty()) return InvalidArgument("a preshared key is empty");
  }
  if (settings.preshared_keys.empty() && !settings.insecure) {
    return InvalidArgument(
        "no preshared key: give --preshared-key-file FILE (or "
        "KITH_PRESHARED_KEY), or --insecure to let everybody call");
  }
  if (!settings.preshared_keys.empty() && settings.insecure) {
    return InvalidArgument(
        "--insecure lets everybody call, and there are preshared keys too: "
        "give one or the other");
  }
  return settings;
}

}  // namespace kith::server
