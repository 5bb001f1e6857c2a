#include "workloads/reach.h"

#include <algorithm>
#include <array>
#include <optional>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

// Reader k is the first of the members of group k, which are the users from
// k * results on; its documents are those from k * results on, its folder k.
class Reach final : public Workload {
 public:
  Reach(uint64_t readers, uint64_t results)
      : readers_(readers),
        results_(results),
        direct_(results / 4),
        grouped_(results / 4),
        sizes_({readers, readers * results, readers * direct_,
                readers * grouped_, readers * (results - direct_ - grouped_)}) {
  }

  std::string_view schema() const override {
    return R"(definition user {}

definition group {
  relation member: user
}

definition folder {
  relation viewer: user | group#member
  permission view = viewer
}

definition document {
  relation parent: folder
  relation viewer: user | group#member
  permission view = viewer + parent->view
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("folder", i), "viewer", Members(i)};
      case 1:
        return {Object("group", i / results_), "member", Object("user", i)};
      case 2: {
        uint64_t reader = i / direct_;
        return {Object("document", reader * results_ + i % direct_), "viewer",
                Object("user", reader * results_)};
      }
      case 3: {
        uint64_t reader = i / grouped_;
        return {Object("document", reader * results_ + direct_ + i % grouped_),
                "viewer", Members(reader)};
      }
      default: {
        uint64_t in_folder = results_ - direct_ - grouped_;
        uint64_t reader = i / in_folder;
        return {Object("document",
                       reader * results_ + direct_ + grouped_ + i % in_folder),
                "parent", Object("folder", reader)};
      }
    }
  }

  CheckQuestion Check(Draw* draw) const override {
    uint64_t document = draw->Key(readers_ * results_);
    uint64_t reader = document / results_;
    bool has = draw->OneIn(2);
    return {
        Object("document", document),
        "view",
        Object("user", (has ? reader : reader + 1) * results_),
        {},
        has ? Permissionship::kHasPermission : Permissionship::kNoPermission};
  }
  std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const override {
    return LookupResourcesQuestion{
        "document", "view", Object("user", draw->Key(readers_) * results_),
        results_};
  }
  std::optional<LookupSubjectsQuestion> LookupSubjects(
      Draw* draw) const override {
    return LookupSubjectsQuestion{Object("group", draw->Key(readers_)),
                                  "member", "user", results_};
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("group", draw->Key(readers_)), "member",
            SubjectRef(ObjectRef("user", stranger))};
  }

 private:
  static SubjectRef Members(uint64_t group) {
    return SubjectRef(Object("group", group), "member");
  }

  uint64_t readers_;
  uint64_t results_;
  uint64_t direct_;   // documents of a reader by itself
  uint64_t grouped_;  // by the group
  std::array<uint64_t, 5> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeReach(uint64_t results, double scale, uint64_t) {
  uint64_t readers = std::clamp<uint64_t>(400'000 / results, 4, 100);
  return std::make_unique<Reach>(Scaled(readers, scale), results);
}

}  // namespace kith::bench
