#include "workloads/deep.h"

#include <algorithm>
#include <array>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

class DeepArrow final : public Workload {
 public:
  DeepArrow(uint32_t depth, uint64_t chains)
      : depth_(depth),
        chains_(chains),
        sizes_({chains, chains * (depth - 1), chains}) {}

  std::string_view schema() const override {
    return R"(definition user {}

definition folder {
  relation parent: folder
  relation viewer: user
  permission view = viewer + parent->view
}

definition document {
  relation parent: folder
  relation viewer: user
  permission view = viewer + parent->view
}
)";
  }
  // The folders, the document and the user.
  uint32_t max_depth() const override { return std::max(50u, depth_ + 2); }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", i), "parent",
                Object("folder", i * depth_ + depth_ - 1)};
      case 1: {
        uint64_t folder = i / (depth_ - 1) * depth_ + 1 + i % (depth_ - 1);
        return {Object("folder", folder), "parent",
                Object("folder", folder - 1)};
      }
      default:
        return {Object("folder", i * depth_), "viewer", Object("user", i)};
    }
  }

  // Half of the questions are about the user of the next chain, or of one
  // that is not there.
  CheckQuestion Check(Draw* draw) const override {
    uint64_t chain = draw->Key(chains_);
    bool has = draw->OneIn(2);
    return {
        Object("document", chain),
        "view",
        Object("user", has ? chain : chain + 1),
        {},
        has ? Permissionship::kHasPermission : Permissionship::kNoPermission};
  }
  std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const override {
    return LookupResourcesQuestion{"document", "view",
                                   Object("user", draw->Key(chains_)), 1};
  }
  std::optional<LookupSubjectsQuestion> LookupSubjects(
      Draw* draw) const override {
    return LookupSubjectsQuestion{Object("document", draw->Key(chains_)),
                                  "view", "user", 1};
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("folder", draw->Key(chains_ * depth_)), "viewer",
            SubjectRef(ObjectRef("user", stranger))};
  }

 private:
  uint32_t depth_;
  uint64_t chains_;
  std::array<uint64_t, 3> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeDeepArrow(uint32_t depth, double scale,
                                        uint64_t) {
  return std::make_unique<DeepArrow>(depth, Scaled(100, scale));
}

}  // namespace kith::bench
