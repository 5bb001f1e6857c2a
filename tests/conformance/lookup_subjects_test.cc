#include "kith/lookup_subjects.h"

#include <fmt/format.h>

#include "conformance/conformance.h"
#include "support/implied_subject.h"

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

class SubjectQuestions {
 public:
  using Answers = std::vector<absl::StatusOr<CheckAnswer>>;
  using CheckAll = std::function<Answers(std::vector<CheckItem>)>;

  SubjectQuestions(Database& db, const Loaded& loaded, CheckAll check_all,
                   Tally* tally)
      : db_(db),
        loaded_(loaded),
        check_all_(std::move(check_all)),
        tally_(*tally) {
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
      EXPECT_EQ(support::Implied(found, id).permissionship,
                answers[i]->permissionship)
          << id;
    }
    EXPECT_EQ(looked_up.code(), checked.code()) << looked_up << checked;
    ++tally_.asked;
    tally_.found += found.size();
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
  Tally& tally_;
};

TEST_P(ConformanceTest, SubjectsLookedUpAreWhatChecksSay) {
  LookUpInEachFile([&](const Loaded& loaded, Tally* tally) {
    SubjectQuestions(
        db(), loaded, [this](auto items) { return CheckAll(std::move(items)); },
        tally)
        .AskEverything();
  });
}

}  // namespace
}  // namespace kith::conformance
