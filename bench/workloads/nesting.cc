#include "workloads/nesting.h"

#include <array>
#include <optional>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

constexpr std::string_view kSchema = R"(definition user {}

definition group {
  relation member: user | group#member
}

definition document {
  relation viewer: user | group#member
  permission view = viewer
}
)";

SubjectRef Members(uint64_t group) {
  return SubjectRef(Object("group", group), "member");
}

// Group 0 is the outermost; users below `members` are in the innermost.
class DeepNesting final : public Workload {
 public:
  explicit DeepNesting(uint64_t members)
      : members_(members), sizes_({1, kNests, members}) {}

  std::string_view schema() const override { return kSchema; }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", 0), "viewer", Members(0)};
      case 1:
        return {Object("group", i), "member", Members(i + 1)};
      default:
        return {Object("group", kNests), "member", Object("user", i)};
    }
  }
  CheckQuestion Check(Draw* draw) const override {
    bool has = draw->OneIn(2);
    uint64_t user = draw->Key(members_) + (has ? 0 : members_);
    return {
        Object("document", 0),
        "view",
        Object("user", user),
        {},
        has ? Permissionship::kHasPermission : Permissionship::kNoPermission};
  }
  std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const override {
    return LookupResourcesQuestion{"document", "view",
                                   Object("user", draw->Key(members_)), 1};
  }
  std::optional<LookupSubjectsQuestion> LookupSubjects(Draw*) const override {
    return LookupSubjectsQuestion{Object("document", 0), "view", "user",
                                  members_};
  }
  Relationship Stray(Draw*, std::string_view stranger) const override {
    return {Object("group", kNests), "member",
            SubjectRef(ObjectRef("user", stranger))};
  }

 private:
  static constexpr uint64_t kNests = 20;
  uint64_t members_;
  std::array<uint64_t, 3> sizes_;
};

// Document d has the groups from d * groups on, the first of them the root.
// User 2d is in the last of them; both 2d and 2d + 1 are in all lowest groups
// of the next document.
class NestedGroups final : public Workload {
 public:
  NestedGroups(uint64_t documents, uint64_t groups)
      : documents_(documents),
        groups_(groups),
        first_lowest_((groups - 2) / kFanOut + 1),
        lowest_(groups - first_lowest_),
        sizes_({documents, documents * (groups - 1), documents,
                2 * documents * lowest_}) {}

  std::string_view schema() const override { return kSchema; }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", i), "viewer", Members(i * groups_)};
      case 1: {
        uint64_t root = i / (groups_ - 1) * groups_;
        uint64_t below = i % (groups_ - 1) + 1;
        return {Object("group", root + (below - 1) / kFanOut), "member",
                Members(root + below)};
      }
      case 2:
        return {Object("group", i * groups_ + groups_ - 1), "member",
                Object("user", 2 * i)};
      default: {
        uint64_t user = i / lowest_;
        uint64_t document = (user / 2 + 1) % documents_;
        return {
            Object("group", document * groups_ + first_lowest_ + i % lowest_),
            "member", Object("user", user)};
      }
    }
  }
  CheckQuestion Check(Draw* draw) const override {
    uint64_t document = draw->Key(documents_);
    bool has = draw->OneIn(2);
    return {
        Object("document", document),
        "view",
        Object("user", 2 * document + (has ? 0 : 1)),
        {},
        has ? Permissionship::kHasPermission : Permissionship::kNoPermission};
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("group", draw->Key(documents_ * groups_)), "member",
            SubjectRef(ObjectRef("user", stranger))};
  }

 private:
  static constexpr uint64_t kFanOut = 8;
  uint64_t documents_;  // at least 2
  uint64_t groups_;     // of a document; at least 2
  uint64_t first_lowest_;
  uint64_t lowest_;  // groups without groups, of a document
  std::array<uint64_t, 4> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeDeepNesting(double scale, uint64_t) {
  return std::make_unique<DeepNesting>(Scaled(1'000'000, scale));
}

std::unique_ptr<Workload> MakeNestedGroups(uint64_t groups, double scale,
                                           uint64_t) {
  return std::make_unique<NestedGroups>(Scaled(30'000 / groups + 2, scale, 2),
                                        groups);
}

}  // namespace kith::bench
