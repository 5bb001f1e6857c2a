#include "kith/lookup_resources.h"

#include <fmt/format.h>

#include "conformance/conformance.h"

// What each subject can reach: for each type, permission and subject, in pages
// of several sizes, the resources found must be those for which a check answers
// more than no.

namespace kith::conformance {
namespace {

class ResourceQuestions {
 public:
  using Answers = std::vector<absl::StatusOr<CheckAnswer>>;
  using CheckAll = std::function<Answers(std::vector<CheckItem>)>;

  ResourceQuestions(Database& db, const Loaded& loaded, CheckAll check_all,
                    Tally* tally)
      : db_(db),
        loaded_(loaded),
        check_all_(std::move(check_all)),
        tally_(*tally) {}

  void AskEverything() {
    for (const auto& [type, names] : loaded_.names) {
      for (const std::string& permission : names) {
        for (const SubjectRef& subject : loaded_.subjects) {
          LookupResourcesRequest request;
          request.resource_type = type;
          request.permission = permission;
          request.subject = subject;
          Ask(request);
        }
      }
    }
  }

 private:
  void Ask(LookupResourcesRequest request) {
    SCOPED_TRACE(fmt::format("{}#{}@{}", request.resource_type,
                             request.permission, request.subject.ToString()));
    absl::Status checked;
    const std::vector<FoundResource> expected = Check(request, &checked);
    for (const uint32_t limit : {0u, 1u, 2u, 7u}) {
      request.limit = limit;
      absl::Status looked_up;
      const std::vector<FoundResource> found = LookUp(request, &looked_up);
      // A check may reach its depth where the lookup knows of no way.
      if (!looked_up.ok() || checked.ok()) {
        EXPECT_EQ(looked_up.code(), checked.code()) << looked_up << checked;
      }
      if (!checked.ok()) continue;
      ASSERT_EQ(found.size(), expected.size()) << "in pages of " << limit;
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].id, expected[i].id);
        EXPECT_EQ(found[i].permissionship, expected[i].permissionship);
        EXPECT_EQ(found[i].missing_context, expected[i].missing_context);
      }
    }
    ++tally_.asked;
    tally_.found += expected.size();
  }

  std::vector<FoundResource> Check(const LookupResourcesRequest& request,
                                   absl::Status* status) {
    std::set<std::string> ids;
    if (const auto it = loaded_.ids.find(request.resource_type);
        it != loaded_.ids.end()) {
      ids = it->second;
    }
    // A set that no relationship names is a member of itself.
    const ObjectRef& subject = request.subject.object;
    if (subject.type == request.resource_type) ids.insert(subject.id);
    std::vector<CheckItem> items;
    for (const std::string& id : ids) {
      items.push_back({ObjectRef(request.resource_type, id),
                       request.permission,
                       request.subject,
                       {}});
    }
    const Answers answers = check_all_(items);
    std::vector<FoundResource> found;
    for (size_t i = 0; i < items.size(); ++i) {
      const auto& answer = answers[i];
      status->Update(answer.status());
      if (!answer.ok() ||
          answer->permissionship == Permissionship::kNoPermission) {
        continue;
      }
      found.push_back({.id = items[i].resource.id,
                       .permissionship = answer->permissionship,
                       .missing_context = answer->missing_context});
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
    const auto stream = db_.LookupResources(request);
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
  Tally& tally_;
};

TEST_P(ConformanceTest, ResourcesLookedUpAreWhatChecksSay) {
  LookUpInEachFile([&](const Loaded& loaded, Tally* tally) {
    ResourceQuestions(
        db(), loaded, [this](auto items) { return CheckAll(std::move(items)); },
        tally)
        .AskEverything();
  });
}

}  // namespace
}  // namespace kith::conformance
