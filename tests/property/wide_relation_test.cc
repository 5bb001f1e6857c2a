#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "kith/database.h"

// Relations as wide as counters of 16 bits overflow at: nobody of them is
// lost, whether they are members themselves or groups of members.

namespace kith::property {
namespace {

constexpr char kSchema[] = R"(
definition user {}
definition group {
  relation member: user | group#member
  relation banned: user
  permission open = member - banned
}
)";

std::string Group(size_t i) { return "g" + std::to_string(i); }

Relationship Member(std::string_view group, SubjectRef subject) {
  return Relationship(ObjectRef("group", group), "member", std::move(subject));
}

class WideRelationTest : public testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.in_memory = true;
    auto db = Database::Open(options);
    ASSERT_TRUE(db.ok()) << db.status();
    db_ = *std::move(db);
    ASSERT_TRUE(db_->WriteSchema(kSchema).ok());
  }

  // Gives `wide` one more member for each number up to `count`: users, and
  // groups of one user each.
  void GrowTo(size_t count) {
    const auto importer = db_->NewImport({});
    std::vector<Relationship> more;
    for (; size_ < count; ++size_) {
      const std::string id = std::to_string(size_);
      more.push_back(Member("wide", SubjectRef(ObjectRef("user", id))));
      more.push_back(Member(
          "tall", SubjectRef(ObjectRef("group", Group(size_)), "member")));
      more.push_back(Member(Group(size_), SubjectRef(ObjectRef("user", id))));
    }
    ASSERT_TRUE(importer->Add(std::move(more)).ok());
    ASSERT_TRUE(importer->Commit().ok());
  }

  bool Has(std::string_view group, std::string_view user) {
    CheckRequest request;
    request.resource = ObjectRef("group", group);
    request.permission = "open";
    request.subject = SubjectRef(ObjectRef("user", user));
    const auto answer = db_->Check(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() && answer->has_permission();
  }

  size_t CountSubjects(std::string_view group) {
    LookupSubjectsRequest request;
    request.resource = ObjectRef("group", group);
    request.permission = "open";
    request.subject_type = "user";
    const auto stream = db_->LookupSubjects(request);
    EXPECT_TRUE(stream.ok()) << stream.status();
    size_t count = 0;
    while (stream.ok()) {
      const auto some = (*stream)->Next();
      EXPECT_TRUE(some.ok()) << some.status();
      if (!some.ok() || some->empty()) break;
      count += some->size();
    }
    return count;
  }

  std::unique_ptr<Database> db_;
  size_t size_ = 0;
};

TEST_F(WideRelationTest, NobodyIsLostWhere16BitsOverflow) {
  for (const size_t size : {65'535, 65'536, 65'537}) {
    SCOPED_TRACE(size);
    GrowTo(size);
    for (const size_t user : {size_t{0}, size - 2, size - 1}) {
      EXPECT_TRUE(Has("wide", std::to_string(user)));
      EXPECT_TRUE(Has("tall", std::to_string(user)));
    }
    EXPECT_FALSE(Has("wide", std::to_string(size)));
    EXPECT_FALSE(Has("tall", std::to_string(size)));
    EXPECT_EQ(CountSubjects("wide"), size);
    EXPECT_EQ(CountSubjects("tall"), size);
  }
}

}  // namespace
}  // namespace kith::property
