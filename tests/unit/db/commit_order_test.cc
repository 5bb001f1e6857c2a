#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/fault.h"
#include "database_fixture.h"

namespace kith {
namespace {

// At every point of a commit, as far as threads can look at it there, answers
// are those of the head of that moment, whatever the caches know.
class CommitOrderTest : public testing::Test {
 protected:
  static constexpr const char* kPoints[] = {"committer.commit",
                                            "storage.commit.before_write",
                                            "storage.commit.after_write",
                                            "committer.before_publish",
                                            "storage.commit.before_publish",
                                            "storage.commit.after_publish",
                                            "committer.before_answer"};

  CommitOrderTest() {
    Options options;
    options.in_memory = true;
    options.shadow_check_interval = 0;
    db_ = *Database::Open(options);
    EXPECT_TRUE(db_->WriteSchema(kTestSchema).ok());
  }
  ~CommitOrderTest() override { RemoveHooks(); }

  static CheckRequest Question(const std::string& permission) {
    return {.resource = "document:a",
            .permission = permission,
            .subject = "user:anne"};
  }
  // No: an error, too.
  bool Has(const std::string& permission) {
    const auto answer = db_->Check(Question(permission));
    return answer.ok() && answer->has_permission();
  }

  // Who has not `before` has it after `write`, and the other way round.
  void ExpectFlip(const std::string& what, const std::string& permission,
                  bool before, const std::function<absl::Status()>& write) {
    SCOPED_TRACE(what);
    // Twice: now it is remembered.
    EXPECT_EQ(Has(permission), before);
    EXPECT_EQ(Has(permission), before);
    const uint64_t head = db_->Stats().head_revision;
    std::map<std::string, int> looked;
    for (const char* const point : kPoints) {
      SetFaultHook(point, [&, point] {
        const bool moved = db_->Stats().head_revision > head;
        EXPECT_EQ(Has(permission), before != moved) << point;
        ++looked[point];
        return absl::OkStatus();
      });
    }
    EXPECT_TRUE(write().ok());
    RemoveHooks();
    EXPECT_EQ(looked.size(), std::size(kPoints));
    EXPECT_GT(db_->Stats().head_revision, head);
    EXPECT_EQ(Has(permission), !before);
  }

  static void RemoveHooks() {
    for (const char* const point : kPoints) SetFaultHook(point, nullptr);
  }

  std::unique_ptr<Database> db_;
};

TEST_F(CommitOrderTest, AnswersAreOfTheHeadAtEveryPointOfACommit) {
  const Relationship owner("document:a#owner@user:anne");
  const auto write = [this](Update update) {
    return [this, update] { return db_->Write({update}).status(); };
  };
  ExpectFlip("create", "view", false, write(Create(owner)));
  ExpectFlip("delete", "view", true, write(Delete(owner)));
  const auto import = [&](size_t others) {
    return [this, &owner, others] {
      std::vector<Relationship> all = {owner};
      for (size_t i = 0; i < others; ++i) {
        all.emplace_back(ObjectRef("team", "of_" + std::to_string(i)), "member",
                         ObjectRef("user", "someone"));
      }
      const auto importer = db_->NewImport({});
      EXPECT_TRUE(importer->Add(std::move(all)).ok());
      return importer->Commit().status();
    };
  };
  ExpectFlip("import", "view", false, import(0));
  ExpectFlip("delete what was imported", "view", true, write(Delete(owner)));
  // Too large for a group: as sorted files.
  ExpectFlip("large import", "view", false, import(10'001));
  ExpectFlip("delete by filter", "view", true, [this] {
    DeleteRequest request;
    request.filter.relation = "owner";
    return db_->DeleteByFilter(request).status();
  });
  ExpectFlip("a group gets a member", "view", false, [this] {
    return db_
        ->Write({Touch("document:a#viewer@team:x#member"),
                 Touch("team:x#member@user:anne")})
        .status();
  });
  ExpectFlip("the wildcard instead", "viewer", true,
             write(Delete("team:x#member@user:anne")));
  ExpectFlip("the wildcard", "view", false,
             write(Touch("document:a#viewer@user:*")));
  ExpectFlip("a schema without it", "view", true, [this] {
    std::string schema(kTestSchema);
    schema.replace(schema.find("view = viewer + owner"),
                   std::string("view = viewer + owner").size(), "view = owner");
    return db_->WriteSchema(schema).status();
  });
  EXPECT_GT(db_->Stats().result_cache.hits, 20u);
}

}  // namespace
}  // namespace kith
