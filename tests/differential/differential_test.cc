#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "differential/comparer.h"
#include "differential/peer_process.h"
#include "differential/tree_form.h"
#include "differential/world.h"
#include "support/server_process.h"

namespace kith::differential {
namespace {

// Starts a server of this API and prints "READY HOST:PORT ... pid=N".
constexpr char kStart[] = KITH_SOURCE_DIR "/../shared/tools/spicedb-peer/start";
constexpr uint16_t kFirstPort = 50'800;
constexpr size_t kQuestions = 8;

TEST(DifferentialTest, RandomModelsAgreeWithTheReference) {
  PeerProcess peer_process(kStart, kFirstPort);
  if (!std::filesystem::exists(kStart) || !peer_process.Start()) {
    GTEST_SKIP() << "no server to compare with could be started by " << kStart;
  }
  support::ServerProcess server;
  server.Start();
  Endpoint ours(server.address(), support::ServerProcess::kKey,
                std::chrono::seconds(30));
  Endpoint peer(peer_process.address(), "", std::chrono::milliseconds(1500));
  Report report;
  const auto recover = [&] {
    if (!peer_process.Start()) return false;
    peer.Connect(peer_process.address());
    return true;
  };
  Comparer comparer(&ours, &peer, recover, kQuestions, &report);
  comparer.CompareMalformed();
  for (uint64_t seed = 1; seed <= 8; ++seed) comparer.CompareModel(seed);
  std::printf("%s", report.ToString().c_str());
  EXPECT_EQ(report.differences, 0u);
  EXPECT_GT(report.compared["check"], 200u);
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
