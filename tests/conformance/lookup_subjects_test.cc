#include "kith/lookup_subjects.h"

#include <fmt/format.h>

#include <cstdio>

#include "conformance/conformance.h"

// Who has what: for each object, permission and kind of subject, what
// LookupSubjects says of each subject, and of one that was never seen, must be
// what a check says.

namespace kith::conformance {
namespace {

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

class SubjectQuestions {
 public:
  using Answers = std::vector<absl::StatusOr<CheckAnswer>>;
  using CheckAll = std::function<Answers(std::vector<CheckItem>)>;

  SubjectQuestions(Database& db, const Loaded& loaded, CheckAll check_all)
      : db_(db), loaded_(loaded), check_all_(std::move(check_all)) {
    // Each type has a subject that was never seen.
    for (const SubjectRef& subject : loaded.subjects) {
      kinds_.insert({subject.object.type, subject.relation});
      ids_[subject.object.type].insert(subject.object.id);
    }
  }

  void AskEverything() {
    for (const auto& [type, ids] : loaded_.ids) {
      for (const std::string& id : ids) {
        for (const std::string& permission : loaded_.names.at(type)) {
          for (const SubjectKind& kind : kinds_) {
            Ask(ObjectRef(type, id), permission, kind);
          }
        }
      }
    }
  }

  size_t asked() const { return asked_; }
  size_t found() const { return found_; }

 private:
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
    std::vector<CheckItem> items;
    for (const std::string& id : ids_[kind.type]) {
      items.push_back({resource,
                       permission,
                       SubjectRef(ObjectRef(kind.type, id), kind.relation),
                       {}});
    }
    const Answers answers = check_all_(items);
    absl::Status checked;
    for (size_t i = 0; i < items.size(); ++i) {
      checked.Update(answers[i].status());
      if (!answers[i].ok() || !looked_up.ok()) continue;
      const std::string& id = items[i].subject.object.id;
      EXPECT_EQ(Implied(found, id), answers[i]->permissionship) << id;
    }
    EXPECT_EQ(looked_up.code(), checked.code()) << looked_up << checked;
    ++asked_;
    found_ += found.size();
  }

  absl::Status LookUp(const LookupSubjectsRequest& request,
                      std::vector<FoundSubject>* found) {
    const auto stream = db_.LookupSubjects(request);
    if (!stream.ok()) return stream.status();
    while (true) {
      auto batch = (*stream)->Next();
      if (!batch.ok()) return batch.status();
      if (batch->empty()) return absl::OkStatus();
      found->insert(found->end(), batch->begin(), batch->end());
    }
  }

  Database& db_;
  const Loaded& loaded_;
  const CheckAll check_all_;
  std::map<std::string, std::set<std::string>> ids_;  // of subjects, by type
  std::set<SubjectKind> kinds_;
  size_t asked_ = 0;
  size_t found_ = 0;
};

TEST_P(ConformanceTest, SubjectsLookedUpAreWhatChecksSay) {
  size_t asked = 0;
  size_t found = 0;
  ForEachFile([&](const Loaded& loaded) {
    SubjectQuestions questions(db(), loaded, [this](auto items) {
      return CheckAll(std::move(items));
    });
    questions.AskEverything();
    asked += questions.asked();
    found += questions.found();
  });
  EXPECT_GT(asked, 0u);
  EXPECT_GT(found, 0u);
  std::printf("%zu lookups of %zu subjects\n", asked, found);
}

}  // namespace
}  // namespace kith::conformance
