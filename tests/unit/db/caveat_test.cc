#include <string>
#include <vector>

#include "database_fixture.h"

// Caveats from the write to the answer: what is admitted, stored and kept, and
// the request's context on its way to the engine.

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kCaveats[] = R"(
use expiration

caveat on_day(day string, today string) {
  day == today
}

caveat small(size int) {
  10 / size > 2
}

definition user {}

definition document {
  relation viewer: user | user with on_day | user with small and expiration
  relation banned: user with on_day
  permission view = viewer - banned
}
)";

class CaveatTest : public DatabaseTest {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(db_->WriteSchema(kCaveats).ok());
  }

  // As a CheckResult; the error's text.
  std::string Ask(const std::string& subject, Struct context = {},
                  Consistency consistency = {}) {
    CheckRequest request;
    request.resource = "document:one";
    request.permission = "view";
    request.subject = SubjectRef(subject);
    request.context = std::move(context);
    request.consistency = std::move(consistency);
    return TextOf(db_->Check(request));
  }

  template <typename Answer>
  static std::string TextOf(const absl::StatusOr<Answer>& answer) {
    if (!answer.ok()) return std::string(answer.status().message());
    std::string text = answer->has_permission() ? "yes"
                       : answer->permissionship == Permissionship::kConditional
                           ? "needs"
                           : "no";
    for (const std::string& name : answer->missing_context) text += " " + name;
    return text;
  }

  static Struct Today(const std::string& day) {
    return {{"today", Value{day}}};
  }
};

TEST_F(CaveatTest, ContextDecides) {
  const std::string row =
      "document:one#viewer@user:anne[on_day:{\"day\":\"monday\"}]";
  MustWrite({Create(row.c_str())});
  EXPECT_EQ(Ask("user:anne"), "needs today");
  EXPECT_EQ(Ask("user:anne", Today("monday")), "yes");
  EXPECT_EQ(Ask("user:anne", Today("sunday")), "no");
  Struct both = Today("sunday");
  both["day"] = Value{"sunday"};  // the stored day counts
  EXPECT_EQ(Ask("user:anne", both), "no");
  EXPECT_THAT(Stored(), ElementsAre(row));
}

TEST_F(CaveatTest, ConditionsOfExclusionsAndOfOldRevisionsHold) {
  const Token before = MustWrite({Create("document:one#viewer@user:anne")});
  MustWrite(
      {Create("document:one#banned@user:anne[on_day]"),
       Touch("document:one#viewer@user:anne[on_day:{\"day\":\"friday\"}]")});
  EXPECT_EQ(Ask("user:anne"), "needs day today");
  EXPECT_EQ(Ask("user:anne", Today("sunday")), "no");
  EXPECT_EQ(Ask("user:anne", Today("friday")), "needs day");
  EXPECT_EQ(Ask("user:anne", {}, Consistency::AtExactSnapshot(before)), "yes");
}

TEST_F(CaveatTest, BulkItemsHaveTheirOwnContext) {
  MustWrite(
      {Create("document:one#viewer@user:anne[on_day:{\"day\":\"monday\"}]"),
       Create(
           Expiring("document:one#viewer@user:bob[small]", absl::Hours(1)))});
  BulkCheckRequest bulk;
  const auto add = [&bulk](const char* subject, Struct context) {
    bulk.items.push_back({"document:one", "view", subject, std::move(context)});
  };
  add("user:anne", Today("monday"));
  add("user:anne", {});
  add("user:anne", Today("sunday"));
  add("user:bob", {{"size", Value{2.0}}});
  add("user:bob", {{"size", Value{0.0}}});
  add("user:bob", {{"size", Value{"much"}}});
  add("user:anne", Today("monday"));
  const auto many = db_->CheckBulk(bulk);
  ASSERT_TRUE(many.ok()) << many.status();
  std::vector<std::string> answers;
  for (const auto& answer : many->answers) answers.push_back(TextOf(answer));
  EXPECT_THAT(answers,
              ElementsAre("yes", "needs today", "no", "yes", HasSubstr("small"),
                          HasSubstr("small"), "yes"));
  EXPECT_EQ(RefusalOf(many->answers[4].status()),
            Invalid(ErrorReason::kCaveatEvaluationError));
  EXPECT_EQ(RefusalOf(many->answers[5].status()),
            Invalid(ErrorReason::kCaveatParameterTypeError));
  EXPECT_EQ(MetadataOf(many->answers[5].status()),
            (std::map<std::string, std::string>{{"caveat_name", "small"},
                                                {"parameter_name", "size"}}));
}

TEST_F(CaveatTest, AnExpiredConditionIsNone) {
  MustWrite({Create(
      Expiring("document:one#viewer@user:bob[small]", absl::Hours(1)))});
  EXPECT_EQ(Ask("user:bob"), "needs size");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Ask("user:bob"), "no");
}

TEST_F(CaveatTest, WritesRefuseContextThatDoesNotFit) {
  for (const char* context :
       {"{\"day\":1}", "{\"hour\":1}", "{\"today\":null}"}) {
    const absl::Status status =
        WriteStatus({Create("document:one#viewer@user:dora"),
                     Touch(Relationship(
                         std::string("document:one#viewer@user:anne[on_day:") +
                         context + "]"))});
    EXPECT_EQ(RefusalOf(status),
              Invalid(ErrorReason::kCaveatParameterTypeError))
        << context << status;
    EXPECT_EQ(MetadataOf(status)["caveat_name"], "on_day");
  }
  EXPECT_EQ(Stored().size(), 0u);
  // Numbers may be texts, as on the wire.
  MustWrite(
      {Create(Expiring("document:one#viewer@user:bob[small:{\"size\":\"2\"}]",
                       absl::Hours(1)))});
  EXPECT_EQ(Ask("user:bob"), "yes");
}

TEST_F(CaveatTest, ACaveatInUseStays) {
  MustWrite({Create("document:one#viewer@user:anne[on_day]")});
  const std::string without = R"(
use expiration
caveat on_day(day string, today string) { day == today }
caveat small(size int) { 10 / size > 2 }
definition user {}
definition document {
  relation viewer: user | user with small and expiration
  relation banned: user with on_day
  permission view = viewer - banned
}
)";
  const absl::Status status = db_->WriteSchema(without).status();
  EXPECT_EQ(RefusalOf(status), Invalid(ErrorReason::kSchemaTypeError));
  const auto metadata = MetadataOf(status);
  EXPECT_EQ(metadata.at("operation"), "remove_allowed_type");
  EXPECT_EQ(metadata.at("caveat_name"), "on_day");
  EXPECT_EQ(metadata.at("relationship"),
            "document:one#viewer@user:anne[on_day]");
  MustWrite({Touch("document:one#viewer@user:anne")});
  EXPECT_TRUE(db_->WriteSchema(without).ok());
  EXPECT_EQ(Ask("user:anne"), "yes");
}

TEST_F(CaveatTest, ACaveatMayChangeItsExpressionAndGrow) {
  MustWrite({Create("document:one#viewer@user:anne[on_day]")});
  std::string changed = kCaveats;
  const std::string old = "today string) {\n  day == today\n";
  changed.replace(changed.find(old), old.size(),
                  "today string, rush bool) {\n  rush || day == today\n");
  ASSERT_TRUE(db_->WriteSchema(changed).ok());
  EXPECT_EQ(Ask("user:anne"), "needs day rush today");
  EXPECT_EQ(Ask("user:anne", {{"rush", Value{true}}}), "yes");
}

TEST_F(CaveatTest, TracesComeWithTheAnswerWhenAskedFor) {
  MustWrite({Create("document:one#viewer@user:anne[on_day]")});
  CheckRequest request;
  request.resource = "document:one";
  request.permission = "view";
  request.subject = SubjectRef("user:anne");
  EXPECT_EQ(db_->Check(request)->trace, nullptr);
  request.with_trace = true;
  const auto traced = db_->Check(request);
  ASSERT_TRUE(traced.ok()) << traced.status();
  ASSERT_NE(traced->trace, nullptr);
  EXPECT_EQ(traced->trace->check.permissionship, Permissionship::kConditional);
  EXPECT_THAT(traced->trace->schema, HasSubstr("caveat on_day"));
  EXPECT_GT(traced->trace->duration, absl::ZeroDuration());
  BulkCheckRequest bulk;
  bulk.with_trace = true;
  bulk.items.push_back({"document:one", "view", "user:anne", {}});
  bulk.items.push_back({"document:one", "none", "user:anne", {}});
  const auto many = db_->CheckBulk(bulk);
  ASSERT_TRUE(many.ok()) << many.status();
  ASSERT_NE(many->answers[0]->trace, nullptr);
  EXPECT_EQ(many->answers[0]->trace->check.steps.size(), 2u);
  EXPECT_FALSE(many->answers[1].ok());
}

}  // namespace
}  // namespace kith
