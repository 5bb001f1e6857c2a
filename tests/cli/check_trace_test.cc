#include "tools/kith/check_trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kith/database.h"

namespace kith::tool {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSchema[] = R"(
caveat at_work(hour int, from int) { hour >= from }
definition user {}
definition team { relation member: user | team#member | user with at_work }
definition folder {
  relation viewer: user | team#member
  permission view = viewer
}
definition document {
  relation folder: folder | folder with at_work
  relation viewer: user | team#member
  relation signed: user
  relation banned: user | team#member
  permission view = viewer + folder->view
  permission read = view & signed
  permission open = view - banned
  permission near = folder->view - banned
}
)";

class CheckTraceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.in_memory = true;
    auto db = Database::Open(options);
    ASSERT_TRUE(db.ok()) << db.status();
    db_ = *std::move(db);
    ASSERT_TRUE(db_->WriteSchema(kSchema).ok());
  }

  CheckTrace Trace(const std::vector<std::string>& relationships,
                   const std::string& permission, Struct context = {}) {
    std::vector<Update> updates;
    for (const std::string& text : relationships) {
      updates.push_back(Touch(Relationship(text)));
    }
    EXPECT_TRUE(db_->Write(std::move(updates)).ok());
    CheckRequest request;
    request.resource = "document:d";
    request.permission = permission;
    request.subject = SubjectRef("user:anne");
    request.context = std::move(context);
    request.with_trace = true;
    const auto result = db_->Check(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result->trace : CheckTrace{};
  }

  std::unique_ptr<Database> db_;
};

TEST_F(CheckTraceTest, AYesIsAPathOfRelationships) {
  const CheckTrace trace =
      Trace({"document:d#folder@folder:f", "folder:f#viewer@team:eng#member",
             "team:eng#member@user:anne"},
            "view");
  EXPECT_EQ(DrawTrace(trace, false),
            "yes document:d#view = viewer + folder->view\n"
            "`-- yes folder:f#view = viewer\n"
            "    |   by document:d#folder@folder:f\n"
            "    `-- yes folder:f#viewer\n"
            "        `-- yes team:eng#member\n"
            "            |   by folder:f#viewer@team:eng#member\n"
            "            `-- yes team:eng#member@user:anne\n");
  EXPECT_THAT(DrawTrace(trace, true),
              HasSubstr("\u2514\u2500\u2500 yes folder:f#viewer\n"));
}

TEST_F(CheckTraceTest, ANoNamesWhatCameClosest) {
  EXPECT_EQ(DrawTrace(Trace({"document:d#viewer@user:anne"}, "read"), false),
            "no document:d#read = view & signed\n"
            "|-- yes document:d#view = viewer + folder->view\n"
            "`-- no document:d#signed\n"
            "closest: document:d#read has view and lacks signed\n");
  EXPECT_THAT(
      DrawTrace(Trace({"document:d#banned@user:anne"}, "open"), false),
      EndsWith(
          "closest: document:d#open has view, and banned takes it away\n"));
}

TEST_F(CheckTraceTest, WhatIsGrantedElsewhereCountsAsClose) {
  EXPECT_THAT(
      DrawTrace(
          Trace({"document:d#folder@folder:f", "folder:f#viewer@user:anne",
                 "document:d#banned@user:anne"},
                "near"),
          false),
      EndsWith("closest: document:d#near has folder:f#view, and banned takes "
               "it away\n"));
}

TEST_F(CheckTraceTest, NothingCloseIsNotMadeUp) {
  EXPECT_EQ(DrawTrace(Trace({"document:d#viewer@user:bob"}, "view"), false),
            "no document:d#view = viewer + folder->view\n"
            "`-- no document:d#viewer\n");
}

TEST_F(CheckTraceTest, CaveatsSayWhatTheyNeedAndWhatTheyAreEvaluatedOn) {
  const std::vector<std::string> rows = {
      "document:d#viewer@team:eng#member",
      "team:eng#member@user:anne[at_work:{\"from\":9}]"};
  EXPECT_EQ(DrawTrace(Trace(rows, "view"), false),
            "conditional document:d#view = viewer + folder->view\n"
            "`-- conditional document:d#viewer\n"
            "    `-- conditional team:eng#member\n"
            "        |   by document:d#viewer@team:eng#member\n"
            "        `-- conditional team:eng#member@user:anne"
            "[at_work:{\"from\":9}]\n"
            "                at_work (hour >= from) needs hour on "
            "{\"from\":9}\n");
  const std::string refused =
      DrawTrace(Trace(rows, "view", {{"hour", Value{8.0}}}), false);
  EXPECT_THAT(refused, HasSubstr("at_work (hour >= from) is false on "
                                 "{\"from\":9,\"hour\":8}\n"));
  EXPECT_THAT(refused,
              EndsWith("closest: only the caveat of team:eng#member@user:anne"
                       "[at_work:{\"from\":9}] stands in the way\n"));
}

TEST_F(CheckTraceTest, ManyRelationshipsAreCutAndCounted) {
  std::vector<std::string> rows;
  for (int i = 0; i < 400; ++i) {
    rows.push_back(fmt::format("document:d#viewer@team:t{}#member", i));
  }
  const CheckTrace trace = Trace(rows, "view");
  const std::string text = DrawTrace(trace, false);
  EXPECT_THAT(text, HasSubstr("390 more (--json shows all)\n"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 30);
  EXPECT_EQ(JsonOf(trace.check)["steps"][0]["steps"].size(), 400u);
}

TEST_F(CheckTraceTest, JsonTellsEachStep) {
  const Json json = JsonOf(
      Trace({"document:d#viewer@team:eng#member", "team:eng#member@user:anne"},
            "view")
          .check);
  EXPECT_EQ(json["permissionship"], "yes");
  const Json& team = json["steps"][0]["steps"][0];
  EXPECT_EQ(team["resource"], (Json{{"type", "team"}, {"id", "eng"}}));
  EXPECT_EQ(team["through"]["relationship"],
            "document:d#viewer@team:eng#member");
  EXPECT_FALSE(team.contains("caveat"));
}

// What another server of the API sends has neither sources nor our schema.
TEST(CheckTraceOfOthersTest, IsDrawnWithWhatThereIs) {
  CheckTrace trace;
  trace.schema = "no schema at all {";
  trace.check.resource = "document:d";
  trace.check.permission = "view";
  trace.check.subject = SubjectRef("user:anne");
  TraceStep& step = trace.check.steps.emplace_back(trace.check);
  step.resource = "folder:f";
  step.permissionship = Permissionship::kHasPermission;
  step.repeated = true;
  EXPECT_EQ(DrawTrace(trace, false),
            "undecided document:d#view\n"
            "`-- yes folder:f#view (as above)\n");
}

}  // namespace
}  // namespace kith::tool
