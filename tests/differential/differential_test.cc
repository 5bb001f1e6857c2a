#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "differential/comparer.h"
#include "differential/tree_form.h"
#include "differential/world.h"
#include "support/server_process.h"

namespace kith::differential {
namespace {

// Starts a server of this API and prints "READY HOST:PORT ... pid=N".
constexpr char kStart[] = KITH_SOURCE_DIR "/../shared/tools/spicedb-peer/start";
constexpr char kAddress[] = "127.0.0.1:50971";

class Peer {
 public:
  Peer() {
    if (!std::filesystem::exists(kStart)) return;
    const std::string command =
        std::string(kStart) + " " + kAddress + " 2>/dev/null";
    FILE* const out = popen(command.c_str(), "r");
    if (out == nullptr) return;
    std::array<char, 512> line{};
    while (fgets(line.data(), line.size(), out) != nullptr) {
      const std::string text = line.data();
      const size_t at = text.find("pid=");
      if (text.starts_with("READY") && at != std::string::npos) {
        pid_ = std::atoi(text.c_str() + at + 4);
      }
    }
    pclose(out);
  }
  ~Peer() {
    if (pid_ > 0) kill(pid_, SIGTERM);
  }
  bool started() const { return pid_ > 0; }

 private:
  pid_t pid_ = 0;
};

TEST(DifferentialTest, RandomModelsAgreeWithTheReference) {
  const Peer peer_process;
  if (!peer_process.started()) {
    GTEST_SKIP() << "no server to compare with could be started by " << kStart;
  }
  support::ServerProcess server;
  server.Start();
  Endpoint ours(server.address(), support::ServerProcess::kKey,
                std::chrono::seconds(30));
  Endpoint peer(kAddress, "", std::chrono::seconds(3));
  Report report;
  Comparer comparer(&ours, &peer, &report);
  comparer.CompareMalformed();
  for (uint64_t seed = 1; seed <= 20; ++seed) comparer.CompareModel(seed);
  std::printf("%s", report.ToString().c_str());
  EXPECT_EQ(report.differences, 0u);
  EXPECT_GT(report.compared["check"], 500u);
}

ExpandTree Leaf(std::vector<SubjectRef> subjects) {
  ExpandTree tree;
  tree.subjects = std::move(subjects);
  return tree;
}

ExpandTree Operation(ExpandTree::Kind kind, std::vector<ExpandTree> children) {
  ExpandTree tree;
  tree.kind = kind;
  tree.children = std::move(children);
  return tree;
}

TEST(TreeFormTest, UnionsWithinUnionsAreOne) {
  using Kind = ExpandTree::Kind;
  const ExpandTree nested = Operation(
      Kind::kUnion, {Leaf({"user:b"}),
                     Operation(Kind::kUnion, {Leaf({"user:a"}), Leaf({})})});
  EXPECT_EQ(TreeForm(nested), TreeForm(Leaf({"user:a", "user:b"})));
}

TEST(TreeFormTest, OperationsStayWhatTheyAre) {
  using Kind = ExpandTree::Kind;
  const ExpandTree a = Leaf({"user:a"});
  const ExpandTree b = Leaf({"user:b"});
  EXPECT_NE(TreeForm(Operation(Kind::kExclusion, {a, b})),
            TreeForm(Operation(Kind::kExclusion, {b, a})));
  EXPECT_EQ(TreeForm(Operation(Kind::kIntersection, {a, b})),
            TreeForm(Operation(Kind::kIntersection, {b, a})));
  EXPECT_NE(TreeForm(Operation(Kind::kIntersection, {a, b})),
            TreeForm(Operation(Kind::kUnion, {a, b})));
}

TEST(WorldTest, PlainIdsStayApart) {
  EXPECT_EQ(PlainId("a"), "a");
  EXPECT_EQ(PlainId("*"), "*");
  EXPECT_NE(PlainId("a*"), PlainId("a_2a"));
  EXPECT_NE(PlainId("a@"), PlainId("a="));
}

}  // namespace
}  // namespace kith::differential
