#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/settings.h"

namespace kith::server {

// Texts by name of setting, of one source.
using SettingTexts = std::map<std::string, std::vector<std::string>>;
using Environment =
    std::function<std::optional<std::string>(const std::string& name)>;

// The real environment of the process.
std::optional<std::string> ProcessEnvironment(const std::string& name);

SettingTexts ReadEnvironment(const Environment& environment);

// Parses TOML. INVALID_ARGUMENT: not TOML, or a key that is no setting; both
// name the place.
absl::StatusOr<SettingTexts> ParseConfig(std::string_view toml,
                                         const std::string& file_name);

// Applies what each source says, the first source that names a setting wins,
// and checks that the whole makes sense. Errors name the setting.
absl::StatusOr<Settings> MergeSettings(
    const std::vector<SettingTexts>& by_precedence);

// Reads the keys of preshared_key_file, too. NOT_FOUND: there is no such file.
absl::Status LoadKeyFile(Settings* settings);

absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace kith::server
