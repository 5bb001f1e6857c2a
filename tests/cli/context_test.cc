#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cli/command_run.h"
#include "tools/kith/context_store.h"
#include "tools/kith/errors.h"
#include "tools/kith/target.h"

namespace kith::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "a-very-secret-preshared-key";

Environment EnvironmentOf(const Shell& shell) {
  return [&shell](std::string_view name) -> std::optional<std::string> {
    const auto it = shell.environment.find(std::string(name));
    if (it == shell.environment.end()) return std::nullopt;
    return it->second;
  };
}

TEST(ContextTest, TokensAreStoredForTheOwnerAloneAndNeverPrinted) {
  Shell shell;
  const auto set = shell.Run({"context", "set", "prod", "--endpoint",
                              "kith.example.com:443", "--token", kSecret});
  ASSERT_EQ(set.code, kExitOk) << set.err;
  const std::string path = shell.folder / "config/kith/contexts.json";
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(ReadFile(path), HasSubstr(kSecret));
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"context", "show"},
                                             {"context", "list"},
                                             {"context", "show", "--json"},
                                             {"context", "use", "prod"}}) {
    const auto ended = shell.Run(args);
    EXPECT_EQ(ended.code, kExitOk) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("kith.example.com:443"));
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(kSecret)));
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("preshared")));
  }
}

TEST(ContextTest, ShortTokensAreMaskedWhole) {
  EXPECT_EQ(MaskToken(""), "");
  EXPECT_EQ(MaskToken("hunter2hunter2"), "****");
  EXPECT_EQ(MaskToken("0123456789abcdef"), "****cdef");
}

TEST(ContextTest, SetUseListRemove) {
  Shell shell;
  shell.Run({"context", "set", "one", "--endpoint", "one:1"});
  shell.Run({"context", "set", "two", "--endpoint", "two:2"});
  auto shown =
      nlohmann::json::parse(shell.Run({"context", "show", "--json"}).out);
  EXPECT_EQ(shown["name"], "one") << "the first one becomes current";
  EXPECT_EQ(shell.Run({"context", "use", "two"}).code, kExitOk);
  shown = nlohmann::json::parse(shell.Run({"context", "show", "--json"}).out);
  EXPECT_EQ(shown["endpoint"], "two:2");
  EXPECT_EQ(shell.Run({"context", "remove", "two"}).code, kExitOk);
  EXPECT_EQ(shell.Run({"context", "show"}).code, kExitUsage)
      << "nothing is current any more";
  EXPECT_EQ(shell.Run({"context", "use", "two"}).code, kExitUsage);
  EXPECT_THAT(shell.Run({"context", "list"}).out, HasSubstr("one:1"));
}

TEST(ContextTest, ABrokenStoreIsNotOverwritten) {
  Shell shell;
  shell.Run({"context", "set", "one", "--endpoint", "one:1"});
  const std::string path = shell.folder / "config/kith/contexts.json";
  shell.folder.Write("config/kith/contexts.json", "{\"contexts\": [1");
  const auto ended =
      shell.Run({"context", "set", "two", "--endpoint", "two:2"});
  EXPECT_EQ(ended.code, kExitNoInput);
  EXPECT_EQ(ReadFile(path), "{\"contexts\": [1");
}

TEST(TargetTest, FlagOutranksEnvironmentOutranksContextOutranksDefault) {
  Shell shell;
  const Environment environment = EnvironmentOf(shell);
  ConnectionFlags flags;
  EXPECT_EQ(ResolveTarget(flags, environment)->endpoint, kDefaultEndpoint);

  shell.Run({"context", "set", "saved", "--endpoint", "127.0.0.9:9", "--token",
             "context-token"});
  EXPECT_EQ(ResolveTarget(flags, environment)->endpoint, "127.0.0.9:9");
  EXPECT_EQ(ResolveTarget(flags, environment)->token, "context-token");

  shell.environment["KITH_TOKEN"] = "environment-token";
  EXPECT_EQ(ResolveTarget(flags, environment)->endpoint, "127.0.0.9:9");
  EXPECT_EQ(ResolveTarget(flags, environment)->token, "environment-token");

  shell.environment["KITH_ENDPOINT"] = "127.0.0.8:8";
  EXPECT_EQ(ResolveTarget(flags, environment)->endpoint, "127.0.0.8:8");

  flags.endpoint = "127.0.0.7:7";
  flags.token = "flag-token";
  EXPECT_EQ(ResolveTarget(flags, environment)->endpoint, "127.0.0.7:7");
  EXPECT_EQ(ResolveTarget(flags, environment)->token, "flag-token");
}

TEST(TargetTest, ATokenOfAContextIsNotSentToAnotherEndpoint) {
  Shell shell;
  shell.Run({"context", "set", "saved", "--endpoint", "one:1", "--token",
             "context-token"});
  ConnectionFlags flags;
  flags.endpoint = "elsewhere:2";
  EXPECT_EQ(ResolveTarget(flags, EnvironmentOf(shell))->token, "");
}

TEST(TargetTest, ANamedContextOutranksTheEnvironment) {
  Shell shell;
  shell.Run({"context", "set", "saved", "--endpoint", "one:1", "--token",
             "context-token"});
  shell.environment["KITH_ENDPOINT"] = "elsewhere:2";
  shell.environment["KITH_TOKEN"] = "environment-token";
  ConnectionFlags flags;
  flags.context = "saved";
  const auto target = ResolveTarget(flags, EnvironmentOf(shell));
  EXPECT_EQ(target->endpoint, "one:1");
  EXPECT_EQ(target->token, "context-token");
  flags.context = "missing";
  EXPECT_FALSE(ResolveTarget(flags, EnvironmentOf(shell)).ok());
}

TEST(TargetTest, TlsUnlessLocalOrInsecure) {
  Shell shell;
  const Environment environment = EnvironmentOf(shell);
  const auto tls = [&](const std::string& endpoint) {
    ConnectionFlags flags;
    flags.endpoint = endpoint;
    return ResolveTarget(flags, environment)->use_tls;
  };
  EXPECT_FALSE(tls("localhost:50051"));
  EXPECT_FALSE(tls("127.0.0.1:50051"));
  EXPECT_FALSE(tls("[::1]:50051"));
  EXPECT_FALSE(tls("unix:/run/kith.sock"));
  EXPECT_TRUE(tls("kith.example.com:443"));
  EXPECT_TRUE(tls("localhost.example.com:443"));

  ConnectionFlags flags;
  flags.endpoint = "kith.example.com:80";
  flags.insecure = true;
  EXPECT_FALSE(ResolveTarget(flags, environment)->use_tls);
  flags.tls = true;
  EXPECT_FALSE(ResolveTarget(flags, environment).ok());
  flags.insecure = false;
  flags.endpoint = "localhost:50051";
  EXPECT_TRUE(ResolveTarget(flags, environment)->use_tls);
}

}  // namespace
}  // namespace kith::tool
