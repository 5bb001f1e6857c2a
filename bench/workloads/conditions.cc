#include "workloads/conditions.h"

#include <array>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

constexpr uint64_t kGroups = 100;
constexpr uint64_t kDays = 28;
constexpr uint64_t kWindow = 14;  // days that a relationship holds
constexpr std::string_view kRegions[] = {"africa", "america", "asia", "europe"};

// Document d has user d as viewer on the days from d % 28 on, and group
// d % 100, of which user u is if u % 100 is the same, from region d % 4.
class Caveats final : public Workload {
 public:
  explicit Caveats(uint64_t documents)
      : documents_(documents), sizes_({documents, documents, documents}) {}

  std::string_view schema() const override {
    return R"(definition user {}

caveat on_days(day int, from int, length int) {
  (day - from + 28) % 28 < length
}

caveat in_region(region string, allowed list<string>) {
  region in allowed
}

definition group {
  relation member: user
}

definition document {
  relation viewer: user | user with on_days | group#member with in_region
  permission view = viewer
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    if (section == 0) {
      return {Object("group", i % kGroups), "member", Object("user", i)};
    }
    Relationship made(Object("document", i), "viewer",
                      section == 1
                          ? SubjectRef(Object("user", i))
                          : SubjectRef(Object("group", i % kGroups), "member"));
    made.caveat = section == 1 ? OnDays(i % kDays) : InRegion(i);
    return made;
  }

  CheckQuestion Check(Draw* draw) const override {
    return Ask(draw, draw->Key(documents_));
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("document", draw->Key(documents_)), "viewer",
            SubjectRef(ObjectRef("user", stranger))};
  }

 private:
  static Value Number(uint64_t number) { return {static_cast<double>(number)}; }
  static Value Region(uint64_t document) {
    return {std::string(kRegions[document % std::size(kRegions)])};
  }
  static CaveatRef OnDays(uint64_t from) {
    return {"on_days", {{"from", Number(from)}, {"length", Number(kWindow)}}};
  }
  static CaveatRef InRegion(uint64_t document) {
    return {"in_region", {{"allowed", {ValueList{Region(document)}}}}};
  }

  // About the document's user or one of its group, who may both hold.
  CheckQuestion Ask(Draw* draw, uint64_t document) const {
    uint64_t user = document;
    if (draw->OneIn(2)) {
      user = (document % kGroups + draw->Below(documents_) / kGroups * kGroups);
      if (user >= documents_) user = document;
    }
    uint64_t day = draw->Below(kDays);
    uint64_t region = draw->Below(std::size(kRegions));
    bool lacks = draw->OneIn(4);

    CheckQuestion question{
        Object("document", document), "view", Object("user", user), {}};
    if (lacks) {
      question.expected = Permissionship::kConditional;
      return question;
    }
    question.context = {{"day", Number(day)}, {"region", Region(region)}};
    bool of_user =
        user == document && (day + kDays - document % kDays) % kDays < kWindow;
    bool of_group = region == document % std::size(kRegions);
    question.expected = of_user || of_group ? Permissionship::kHasPermission
                                            : Permissionship::kNoPermission;
    return question;
  }

  uint64_t documents_;
  std::array<uint64_t, 3> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeCaveats(double scale, uint64_t) {
  return std::make_unique<Caveats>(Scaled(50'000, scale, 100));
}

}  // namespace kith::bench
