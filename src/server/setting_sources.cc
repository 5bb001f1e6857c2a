#include "server/setting_sources.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "server/setting_table.h"

namespace kith::server {
namespace {

// Of one kind. More is a slip of the hand, not a machine.
constexpr uint32_t kMaxThreads = 1024;

const Setting* FindByFileKey(std::string_view key) {
  for (const Setting& setting : SettingTable()) {
    if (setting.FileKey() == key) return &setting;
  }
  return nullptr;
}

std::optional<std::string> ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) {
    return fmt::format("{}", number->get());
  }
  if (const auto* boolean = node.as_boolean()) {
    return boolean->get() ? "true" : "false";
  }
  return std::nullopt;
}

std::string Place(const std::string& file_name, const toml::source_region& at) {
  return fmt::format("{}:{}:{}", file_name, at.begin.line, at.begin.column);
}

absl::StatusOr<std::vector<std::string>> Texts(const Setting& setting,
                                               const toml::node& node,
                                               const std::string& place) {
  std::vector<std::string> texts;
  const auto add = [&](const toml::node& item) {
    auto text = ScalarText(item);
    if (text) texts.push_back(*std::move(text));
    return text.has_value();
  };
  bool valid = false;
  if (const toml::array* list = node.as_array();
      list != nullptr && setting.is_list) {
    valid = true;
    for (const toml::node& item : *list) valid = valid && add(item);
  } else {
    valid = add(node);
  }
  if (!valid) {
    return InvalidArgument(fmt::format(
        "{}: \"{}\" must be a text, a whole number or true or false{}", place,
        setting.FileKey(), setting.is_list ? ", or a list of texts" : ""));
  }
  return texts;
}

// gRPC takes a port modulo 65536, and 443 for none.
bool IsHostAndPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0) return false;
  const std::string_view port = address.substr(colon + 1);
  uint32_t number = 0;
  return absl::c_all_of(port, absl::ascii_isdigit) &&
         absl::SimpleAtoi(std::string(port), &number) && number <= 65535;
}

// Checks that the type of a setting does not make.
absl::Status Validate(const Settings& settings) {
  if (settings.database.path.empty() && !settings.database.in_memory) {
    return InvalidArgument(
        "no database: give --data DIR, or --in-memory to keep nothing");
  }
  if (!settings.database.path.empty() && settings.database.in_memory) {
    return InvalidArgument(
        "--in-memory keeps nothing, and there is --data too: give one or the "
        "other");
  }
  if (!IsHostAndPort(settings.grpc_addr)) {
    return InvalidArgument(fmt::format(
        "grpc-addr: \"{}\" must be HOST:PORT with a port from 0 to 65535",
        settings.grpc_addr));
  }
  if (settings.tls_cert.empty() != settings.tls_key.empty()) {
    return InvalidArgument("--tls-cert and --tls-key need each other");
  }
  if (!settings.tls_client_ca.empty() && settings.tls_cert.empty()) {
    return InvalidArgument("--tls-client-ca needs --tls-cert and --tls-key");
  }
  if (settings.max_message_bytes == 0 ||
      settings.max_message_bytes > (1u << 30)) {
    return InvalidArgument("max-message-bytes: must be from 1 to 1073741824");
  }
  if (settings.watch_stall_timeout <= absl::ZeroDuration()) {
    return InvalidArgument("watch-stall-timeout: must be positive");
  }
  if (settings.queues > kMaxThreads) {
    return InvalidArgument(
        fmt::format("queues: at most {} threads", kMaxThreads));
  }
  if (settings.workers > kMaxThreads) {
    return InvalidArgument(
        fmt::format("workers: at most {} threads", kMaxThreads));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

SettingTexts ReadEnvironment(const Environment& environment) {
  SettingTexts texts;
  for (const Setting& setting : SettingTable()) {
    const auto value = environment(setting.EnvironmentName());
    if (!value) continue;
    if (setting.is_list) {
      texts[setting.name] = absl::StrSplit(*value, ',', absl::SkipEmpty());
    } else {
      texts[setting.name] = {*value};
    }
  }
  return texts;
}

absl::StatusOr<SettingTexts> ParseConfig(std::string_view toml,
                                         const std::string& file_name) {
  toml::table parsed;
  try {
    parsed = toml::parse(toml, file_name);
  } catch (const toml::parse_error& error) {
    return InvalidArgument(fmt::format(
        "{}: {}", Place(file_name, error.source()), error.description()));
  }
  SettingTexts texts;
  for (const auto& [key, node] : parsed) {
    const std::string place = Place(file_name, node.source());
    const Setting* setting = FindByFileKey(key.str());
    if (setting == nullptr) {
      return InvalidArgument(
          fmt::format("{}: unknown key \"{}\"", place, key.str()));
    }
    KITH_ASSIGN_OR_RETURN(texts[setting->name], Texts(*setting, node, place));
  }
  return texts;
}

absl::StatusOr<Settings> MergeSettings(
    const std::vector<SettingTexts>& by_precedence) {
  Settings settings;
  for (const Setting& setting : SettingTable()) {
    for (const SettingTexts& source : by_precedence) {
      const auto it = source.find(setting.name);
      if (it == source.end()) continue;
      if (!setting.is_list && it->second.empty()) continue;
      const absl::Status status = setting.apply(it->second, &settings);
      if (!status.ok()) {
        return InvalidArgument(fmt::format("{}: \"{}\" {}", setting.name,
                                           it->second.back(),
                                           std::string(status.message())));
      }
      break;
    }
  }
  KITH_RETURN_IF_ERROR(Validate(settings));
  return settings;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return absl::NotFoundError(fmt::format("cannot read \"{}\"", path));
  }
  return text.str();
}

absl::Status LoadKeyFile(Settings* settings) {
  if (settings->preshared_key_file.empty()) return absl::OkStatus();
  KITH_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile(settings->preshared_key_file));
  for (const auto line : absl::StrSplit(text, '\n')) {
    const auto key = absl::StripAsciiWhitespace(line);
    if (!key.empty()) settings->preshared_keys.emplace_back(key);
  }
  return absl::OkStatus();
}

}  // namespace kith::server
