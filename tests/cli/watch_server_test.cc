#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "cli/command_run.h"
#include "support/server_process.h"
#include "tools/kith/errors.h"

// `kith watch` against a real kithd.

namespace kith::tool {
namespace {

using ::testing::HasSubstr;
using Parsed = nlohmann::json;

constexpr char kSchema[] =
    "definition user {}\n"
    "definition folder { relation owner: user }\n"
    "definition document { relation viewer: user }\n";

class WatchVerbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Start();
    since_ = Parsed::parse(Out({"schema", "write", "-", "--json"}, kSchema))
                 .at("written_at");
  }

  // On the same socket each time, so that the watch finds it again.
  void Start() {
    server_.Start({"--unix-socket", server_.dir() / "socket"});
    shell_.environment["KITH_ENDPOINT"] = "unix:" + (server_.dir() / "socket");
    shell_.environment["KITH_TOKEN"] = support::ServerProcess::kKey;
  }

  std::string Out(const std::vector<std::string>& args,
                  const std::string& input = "") {
    const auto ended = shell_.Run(args, input);
    EXPECT_EQ(ended.code, kExitOk) << ended.err;
    return ended.out;
  }
  void Touch(const std::string& relationship) {
    Out({"relationship", "touch", relationship});
  }
  Shell::Ended Watch(std::vector<std::string> args) {
    args.insert(args.begin(), {"watch", "--since", since_});
    return shell_.Run(args);
  }

  support::ServerProcess server_;
  Shell shell_;
  std::string since_;
};

TEST_F(WatchVerbTest, PrintsALineForEachUpdate) {
  Touch("document:a#viewer@user:anne");
  Touch("folder:f#owner@user:anne");
  Out({"relationship", "delete", "document:a#viewer@user:anne"});
  EXPECT_EQ(Watch({"--count", "3"}).out,
            "+ document:a#viewer@user:anne\n"
            "+ folder:f#owner@user:anne\n"
            "- document:a#viewer@user:anne\n");
  EXPECT_EQ(Watch({"document", "--count", "2"}).out,
            "+ document:a#viewer@user:anne\n"
            "- document:a#viewer@user:anne\n");
  EXPECT_EQ(Watch({"--filter", "folder:f", "--count", "1"}).out,
            "+ folder:f#owner@user:anne\n");
}

TEST_F(WatchVerbTest, PrintsOtherKindsWhenAsked) {
  Touch("document:a#viewer@user:anne");
  Out({"schema", "write", "-"}, std::string(kSchema) + "definition team {}\n");
  Touch("document:b#viewer@user:anne");
  const auto ended =
      Watch({"--kinds", "updates,schema,checkpoints", "--count", "2"});
  std::string kinds;
  std::istringstream in(ended.out);
  for (std::string line; std::getline(in, line);) {
    kinds += line.substr(0, line.find(' ', 2)) + "\n";
  }
  EXPECT_EQ(kinds,
            "# checkpoint\n"
            "+ document:a#viewer@user:anne\n# checkpoint\n"
            "# schema\n# checkpoint\n"
            "+ document:b#viewer@user:anne\n");
}

TEST_F(WatchVerbTest, JsonHasOneObjectForEachEvent) {
  const auto written = Parsed::parse(
      Out({"relationship", "touch", "document:a#viewer@user:anne", "--json"}));
  const auto json = Parsed::parse(Watch({"--json", "--count", "1"}).out);
  EXPECT_EQ(json["updates"][0]["operation"], "touch");
  EXPECT_EQ(json["updates"][0]["relationship"], "document:a#viewer@user:anne");
  EXPECT_EQ(json["token"], written["written_at"]);
}

TEST_F(WatchVerbTest, SaysWhereToResumeWhenItIsInterrupted) {
  shell_.on_interrupt = [](const std::function<void()>& stop) { stop(); };
  const auto ended = Watch({});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("resume with --since " + since_));
}

// Tells when something was printed for the first time.
class TellingBuffer : public std::stringbuf {
 public:
  std::future<void> printed() { return printed_.get_future(); }

 protected:
  int sync() override {
    if (!std::exchange(told_, true)) printed_.set_value();
    return std::stringbuf::sync();
  }

 private:
  std::promise<void> printed_;
  bool told_ = false;
};

TEST_F(WatchVerbTest, ResumesByItselfWhenTheServerComesBack) {
  TellingBuffer buffer;
  std::ostream out(&buffer);
  std::istringstream in;
  std::ostringstream err;
  Touch("document:a#viewer@user:anne");
  auto printed = buffer.printed();
  auto watch = std::async(std::launch::async, [&] {
    Terminal terminal{in, out, err};
    const auto environment = shell_.environment;
    return RunTool({"watch", "--since", since_, "--count", "2"}, terminal,
                   [&](std::string_view name) -> std::optional<std::string> {
                     const auto it = environment.find(std::string(name));
                     if (it == environment.end()) return std::nullopt;
                     return it->second;
                   });
  });
  printed.get();
  server_.Stop();
  Start();
  Touch("document:b#viewer@user:anne");
  EXPECT_EQ(watch.get(), kExitOk) << err.str();
  EXPECT_EQ(buffer.str(),
            "+ document:a#viewer@user:anne\n"
            "+ document:b#viewer@user:anne\n");
  EXPECT_THAT(err.str(), HasSubstr("resuming from"));
}

TEST_F(WatchVerbTest, AServerThatIsNotThereIsAnErrorAtFirst) {
  server_.Stop();
  EXPECT_EQ(Watch({}).code, kExitUnavailable);
}

TEST_F(WatchVerbTest, TypesAndFiltersExcludeEachOther) {
  EXPECT_EQ(Watch({"document", "--filter", "folder"}).code, kExitUsage);
  EXPECT_EQ(Watch({"--kinds", "all"}).code, kExitUsage);
}

}  // namespace
}  // namespace kith::tool
