#include "kith/lookup_subjects.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kith/database.h"
#include "schema/schema.h"
#include "tools/kith/validation/validation_file.h"

// Every validation file, asked who has what: for each object, permission and
// kind of subject, what LookupSubjects says of each subject, and of one that
// was never seen, must be what a check says.

namespace kith::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNeverSeen = "never_seen_by_anyone";

struct SubjectKind {
  std::string type;
  std::string relation;
  auto operator<=>(const SubjectKind&) const = default;
};

// What the answer says of a subject, by the rule of FoundSubject.
Permissionship Implied(const std::vector<FoundSubject>& found,
                       const std::string& id) {
  const FoundSubject* wildcard = nullptr;
  for (const FoundSubject& subject : found) {
    if (subject.id == id) return subject.permissionship;
    if (subject.id == kWildcardId) wildcard = &subject;
  }
  if (wildcard == nullptr) return Permissionship::kNoPermission;
  for (const ExcludedSubject& out : wildcard->excluded) {
    if (out.id != id) continue;
    return out.permissionship == Permissionship::kHasPermission
               ? Permissionship::kNoPermission
               : Permissionship::kConditional;
  }
  return wildcard->permissionship;
}

class LookupSubjectsConformanceTest : public testing::Test {
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
    kinds_.clear();
    permissions_.clear();
    for (const auto& definition : (*schema)->definitions()) {
      kinds_.insert({definition.name, ""});
      auto& names = permissions_[definition.name];
      for (const auto& r : definition.relations) names.push_back(r.name);
      for (const auto& p : definition.permissions) names.push_back(p.name);
    }
    for (const auto& located : file->relationships) {
      const Relationship& relationship = located.relationship;
      if (!db_->Write({Touch(relationship)}).ok()) continue;
      const SubjectRef& subject = relationship.subject;
      ids_[relationship.resource.type].insert(relationship.resource.id);
      if (!subject.is_wildcard()) {
        ids_[subject.object.type].insert(subject.object.id);
      }
      kinds_.insert({subject.object.type, subject.relation});
    }
    return !ids_.empty();
  }

  void AskEverything() {
    for (const auto& [type, ids] : ids_) {
      for (const std::string& id : ids) {
        for (const std::string& permission : permissions_[type]) {
          for (const SubjectKind& kind : kinds_) {
            Ask(ObjectRef(type, id), permission, kind);
          }
        }
      }
    }
  }

  void Ask(const ObjectRef& resource, const std::string& permission,
           const SubjectKind& kind) {
    LookupSubjectsRequest request;
    request.resource = resource;
    request.permission = permission;
    request.subject_type = kind.type;
    request.subject_relation = kind.relation;
    SCOPED_TRACE(fmt::format("{}#{} for {}#{}", resource.ToString(), permission,
                             kind.type, kind.relation));
    std::vector<FoundSubject> found;
    const absl::Status looked_up = LookUp(request, &found);
    std::set<std::string> ids = ids_[kind.type];
    ids.emplace(kNeverSeen);
    absl::Status checked;
    for (const std::string& id : ids) {
      const auto check = db_->Check(
          {.resource = resource,
           .permission = permission,
           .subject = SubjectRef(ObjectRef(kind.type, id), kind.relation)});
      checked.Update(check.status());
      if (!check.ok() || !looked_up.ok()) continue;
      EXPECT_EQ(Implied(found, id), check->permissionship) << id;
    }
    EXPECT_EQ(looked_up, checked);
    ++asked_;
    subjects_ += found.size();
  }

  absl::Status LookUp(const LookupSubjectsRequest& request,
                      std::vector<FoundSubject>* found) {
    const auto stream = db_->LookupSubjects(request);
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
  std::set<SubjectKind> kinds_;
  size_t asked_ = 0;
  size_t subjects_ = 0;
};

TEST_F(LookupSubjectsConformanceTest, EverySubjectIsWhatACheckSays) {
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
  EXPECT_GT(subjects_, files);
  RecordProperty("files", static_cast<int>(files));
  RecordProperty("lookups", static_cast<int>(asked_));
}

}  // namespace
}  // namespace kith::tool
