#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "server/command_line.h"
#include "server/setting_sources.h"
#include "server/setting_table.h"

namespace kith::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment FakeEnvironment(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it == values.end()) return std::nullopt;
    return it->second;
  };
}

absl::StatusOr<Settings> Load(
    std::vector<const char*> flags,
    std::map<std::string, std::string> environment = {}) {
  flags.insert(flags.begin(), {"kithd", "serve"});
  const CommandLine line =
      ParseCommandLine(static_cast<int>(flags.size()), flags.data(), "1.2.3");
  EXPECT_FALSE(line.message.has_value()) << *line.message;
  return LoadSettings(line, FakeEnvironment(std::move(environment)));
}

std::string WriteFile(const std::string& text) {
  const std::string path = ::testing::TempDir() + "/settings_test_file";
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fputs(text.c_str(), file);
  std::fclose(file);
  return path;
}

std::string ErrorOf(const absl::StatusOr<Settings>& settings) {
  return std::string(settings.status().message());
}

TEST(SettingsTest, DefaultsAreThoseOfTheLibrary) {
  const auto settings = Load({"--data", "/d", "--insecure"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  const kith::Options defaults;
  EXPECT_EQ(settings->database.path, "/d");
  EXPECT_EQ(settings->database.gc_window, defaults.gc_window);
  EXPECT_EQ(settings->database.max_depth, defaults.max_depth);
  EXPECT_EQ(settings->grpc_addr, "127.0.0.1:50051");
  EXPECT_EQ(settings->max_message_bytes, 4u << 20);
}

TEST(SettingsTest, FlagsWinOverEnvironmentOverFileOverDefaults) {
  const std::string file = WriteFile(
      "data = \"/file\"\nmax_depth = 1\nmax_bulk_checks = 1\n"
      "max_read_limit = 1\ninsecure = true\n");
  const auto settings =
      Load({"--config", file.c_str(), "--max-depth", "3"},
           {{"KITH_MAX_DEPTH", "2"}, {"KITH_MAX_BULK_CHECKS", "2"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->database.max_depth, 3u);
  EXPECT_EQ(settings->database.max_bulk_checks, 2u);
  EXPECT_EQ(settings->database.max_read_limit, 1u);
  EXPECT_EQ(settings->database.max_delete_limit, 1000u);
}

TEST(SettingsTest, EverySettingCanComeFromEachSource) {
  for (const Setting& setting : SettingTable()) {
    const std::string value = setting.is_switch ? "true"
                              : setting.is_list ? "a"
                                                : setting.default_text;
    const std::string quoted = setting.FileKey() + " = \"" + value + "\"";
    const auto texts = ParseConfig(quoted, "f");
    ASSERT_TRUE(texts.ok()) << texts.status();
    EXPECT_THAT(texts->at(setting.name), ElementsAre(value));
    const SettingTexts from_environment =
        ReadEnvironment(FakeEnvironment({{setting.EnvironmentName(), value}}));
    if (!value.empty()) {
      EXPECT_THAT(from_environment.at(setting.name), ElementsAre(value));
    }
  }
}

TEST(SettingsTest, KeysAreCollected) {
  const std::string file = WriteFile("one\n\n two \n");
  auto settings =
      Load({"--data", "/d", "--preshared-key", "a", "--preshared-key", "b",
            "--preshared-key-file", file.c_str()});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->preshared_keys, ElementsAre("a", "b", "one", "two"));
  settings = Load({"--data", "/d"}, {{"KITH_PRESHARED_KEY", "x,y"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->preshared_keys, ElementsAre("x", "y"));
  const std::string toml = WriteFile("preshared_key = [\"p\", \"q\"]");
  settings = Load({"--data", "/d", "--config", toml.c_str()});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->preshared_keys, ElementsAre("p", "q"));
}

TEST(SettingsTest, WithoutKeysInsecureMustBeSaid) {
  EXPECT_THAT(ErrorOf(Load({"--data", "/d"})), HasSubstr("no preshared key"));
  EXPECT_THAT(
      ErrorOf(Load({"--data", "/d", "--insecure", "--preshared-key", "a"})),
      HasSubstr("one or the other"));
}

TEST(SettingsTest, WrongValuesNameTheSettingAndWhatWouldBeRight) {
  const struct {
    std::map<std::string, std::string> environment;
    std::string message;
  } cases[] = {
      {{{"KITH_GC_WINDOW", "-1s"}}, "gc-window: \"-1s\" must be a duration"},
      {{{"KITH_MAX_DEPTH", "4294967296"}},
       "max-depth: \"4294967296\" must be a whole number from 0 to 4294967295"},
      {{{"KITH_INSECURE", "perhaps"}}, "insecure: \"perhaps\" must be true"},
      {{{"KITH_LOG_FORMAT", "xml"}},
       "log-format: \"xml\" must be one of logfmt, json"},
      {{{"KITH_GRPC_ADDR", "127.0.0.1:65536"}},
       "grpc-addr: \"127.0.0.1:65536\" must be HOST:PORT"},
      {{{"KITH_GRPC_ADDR", "127.0.0.1:"}}, "must be HOST:PORT"},
      {{{"KITH_GRPC_ADDR", "localhost:http"}}, "must be HOST:PORT"},
      {{{"KITH_GRPC_ADDR", "localhost"}}, "must be HOST:PORT"},
      {{{"KITH_GRPC_ADDR", ":50051"}}, "must be HOST:PORT"},
      {{{"KITH_IN_MEMORY", "true"}}, "--in-memory keeps nothing"},
      {{{"KITH_MAX_MESSAGE_BYTES", "0"}}, "max-message-bytes: must be from 1"},
      {{{"KITH_QUEUES", "4000000000"}}, "queues: at most 1024"},
      {{{"KITH_WORKERS", "1025"}}, "workers: at most 1024"},
      {{{"KITH_MAX_MESSAGE_BYTES", "1073741825"}},
       "max-message-bytes: must be from 1"},
      {{{"KITH_TLS_KEY", "k"}}, "--tls-cert and --tls-key need each other"},
      {{{"KITH_TLS_CLIENT_CA", "c"}}, "--tls-client-ca needs --tls-cert"},
  };
  for (const auto& test_case : cases) {
    EXPECT_THAT(ErrorOf(Load({"--data", "/d"}, test_case.environment)),
                HasSubstr(test_case.message));
  }
}

TEST(SettingsTest, FilesAreCheckedWithThePlace) {
  const auto error = [](const char* toml) {
    return std::string(ParseConfig(toml, "kith.toml").status().message());
  };
  EXPECT_EQ(error("data = \"/d\"\ngrpc_adr = \"x\"\n"),
            "kith.toml:2:12: unknown key \"grpc_adr\"");
  EXPECT_THAT(error("data = "), HasSubstr("kith.toml:1:"));
  EXPECT_THAT(error("max_depth = 1.5"), HasSubstr("must be a text"));
  EXPECT_THAT(error("data = [\"a\"]"), HasSubstr("must be a text"));
  EXPECT_THAT(error("[data]\na = 1"), HasSubstr("must be a text"));
  EXPECT_THAT(
      std::string(Load({"--config", "/no/such/file"}).status().message()),
      HasSubstr("cannot read \"/no/such/file\""));
}

TEST(CommandLineTest, HelpListsEverySettingWithItsDefault) {
  const char* argv[] = {"kithd", "serve", "--help"};
  const CommandLine line = ParseCommandLine(3, argv, "1.2.3");
  EXPECT_EQ(line.exit_code, 0);
  ASSERT_TRUE(line.message.has_value());
  for (const Setting& setting : SettingTable()) {
    EXPECT_THAT(*line.message, HasSubstr("--" + setting.name));
    EXPECT_THAT(*line.message, HasSubstr(setting.EnvironmentName()));
  }
}

}  // namespace
}  // namespace kith::server
