#include "kith/lookup_resources.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kith/database.h"
#include "schema/schema.h"
#include "tools/kith/validation/validation_file.h"

// Every validation file, asked what each subject can reach: for each type,
// permission and subject, in pages of several sizes, the resources found must
// be those for which a check answers more than no.

namespace kith::tool {
namespace {

namespace fs = std::filesystem;

class LookupResourcesConformanceTest : public testing::Test {
 protected:
  // False when the file holds nothing to ask about.
  bool Load(const std::string& path) {
    const auto file = ValidationFile::Load(path);
    EXPECT_TRUE(file.ok()) << file.status();
    if (!file.ok() || file->schema.empty()) return false;
    Options options;
    options.in_memory = true;
    auto db = Database::Open(options);
    EXPECT_TRUE(db.ok()) << db.status();
    db_ = *std::move(db);
    const auto schema = schema::Compile(file->schema);
    if (!schema.ok() || !db_->WriteSchema(file->schema).ok()) return false;
    ids_.clear();
    subjects_.clear();
    permissions_.clear();
    for (const auto& definition : (*schema)->definitions()) {
      auto& names = permissions_[definition.name];
      for (const auto& r : definition.relations) names.push_back(r.name);
      for (const auto& p : definition.permissions) names.push_back(p.name);
      subjects_.insert(ObjectRef(definition.name, "never_seen_by_anyone"));
    }
    for (const auto& located : file->relationships) {
      const Relationship& relationship = located.relationship;
      if (!db_->Write({Touch(relationship)}).ok()) continue;
      const SubjectRef& subject = relationship.subject;
      ids_[relationship.resource.type].insert(relationship.resource.id);
      subjects_.insert(relationship.resource);
      if (subject.is_wildcard()) continue;
      // Also resources: `self`, and sets that are members of themselves.
      ids_[subject.object.type].insert(subject.object.id);
      subjects_.insert(subject);
      subjects_.insert(subject.object);
    }
    return !ids_.empty();
  }

  void AskEverything() {
    for (const auto& [type, names] : permissions_) {
      for (const std::string& permission : names) {
        for (const SubjectRef& subject : subjects_) {
          LookupResourcesRequest request;
          request.resource_type = type;
          request.permission = permission;
          request.subject = subject;
          Ask(request);
        }
      }
    }
  }

  void Ask(LookupResourcesRequest request) {
    SCOPED_TRACE(fmt::format("{}#{}@{}", request.resource_type,
                             request.permission, request.subject.ToString()));
    absl::Status checked;
    const std::vector<FoundResource> expected = CheckAll(request, &checked);
    for (const uint32_t limit : {0u, 1u, 2u, 7u}) {
      request.limit = limit;
      absl::Status looked_up;
      const std::vector<FoundResource> found = LookUp(request, &looked_up);
      // A check may reach its depth where the lookup knows of no way.
      if (!looked_up.ok() || checked.ok()) {
        EXPECT_EQ(looked_up, checked);
      }
      if (!checked.ok()) continue;
      ASSERT_EQ(found.size(), expected.size()) << "in pages of " << limit;
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].id, expected[i].id);
        EXPECT_EQ(found[i].permissionship, expected[i].permissionship);
        EXPECT_EQ(found[i].missing_context, expected[i].missing_context);
      }
    }
    ++asked_;
    found_ += expected.size();
  }

  std::vector<FoundResource> CheckAll(const LookupResourcesRequest& request,
                                      absl::Status* status) {
    std::vector<FoundResource> found;
    for (const std::string& id : ids_[request.resource_type]) {
      const auto check =
          db_->Check({.resource = ObjectRef(request.resource_type, id),
                      .permission = request.permission,
                      .subject = request.subject});
      status->Update(check.status());
      if (!check.ok() ||
          check->permissionship == Permissionship::kNoPermission) {
        continue;
      }
      found.push_back({.id = id,
                       .permissionship = check->permissionship,
                       .missing_context = check->missing_context});
    }
    // A set that no relationship names is a member of itself.
    const SubjectRef& subject = request.subject;
    if (subject.object.type == request.resource_type &&
        !ids_[request.resource_type].contains(subject.object.id)) {
      ids_[request.resource_type].insert(subject.object.id);
      return CheckAll(request, status);
    }
    return found;
  }

  // All pages.
  std::vector<FoundResource> LookUp(LookupResourcesRequest request,
                                    absl::Status* status) {
    std::vector<FoundResource> found;
    while (true) {
      const size_t before = found.size();
      *status = Page(request, &found);
      if (!status->ok() || found.size() == before || request.limit == 0) {
        return found;
      }
      EXPECT_LE(found.size() - before, request.limit);
      request.cursor = found.back().cursor;
    }
  }

  absl::Status Page(const LookupResourcesRequest& request,
                    std::vector<FoundResource>* found) {
    const auto stream = db_->LookupResources(request);
    if (!stream.ok()) return stream.status();
    while (true) {
      auto batch = (*stream)->Next();
      if (!batch.ok()) return batch.status();
      if (batch->empty()) return absl::OkStatus();
      found->insert(found->end(), batch->begin(), batch->end());
    }
  }

  std::unique_ptr<Database> db_;
  std::map<std::string, std::set<std::string>> ids_;  // by type
  std::map<std::string, std::vector<std::string>> permissions_;
  std::set<SubjectRef> subjects_;
  size_t asked_ = 0;
  size_t found_ = 0;
};

TEST_F(LookupResourcesConformanceTest, PagesAreWhatChecksSay) {
  const fs::path root(KITH_SOURCE_DIR);
  size_t files = 0;
  for (const fs::path& folder :
       {root / "schema" / "examples",
        root / ".." / "shared" / "conformance" / "spicedb"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() != ".yaml") continue;
      SCOPED_TRACE(entry.path().string());
      if (!Load(entry.path().string())) continue;
      AskEverything();
      ++files;
    }
  }
  EXPECT_GT(files, 0u);
  EXPECT_GT(found_, files);
  RecordProperty("files", static_cast<int>(files));
  RecordProperty("lookups", static_cast<int>(asked_));
}

}  // namespace
}  // namespace kith::tool
