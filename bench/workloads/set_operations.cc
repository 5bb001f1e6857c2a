#include "workloads/set_operations.h"

#include <array>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

SubjectRef Members(uint64_t group) {
  return SubjectRef(Object("group", group), "member");
}

// What the workloads here share.
class SetOperation : public Workload {
 public:
  SetOperation(uint64_t documents, uint64_t users)
      : documents_(documents), users_(users) {}

  CheckQuestion Check(Draw* draw) const override {
    uint64_t document = draw->Key(documents_);
    return Ask(document,
               draw->OneIn(2) ? LikelyUser(draw, document) : draw->Key(users_));
  }
  std::vector<CheckQuestion> Bulk(Draw* draw, size_t count) const override {
    std::vector<CheckQuestion> page;
    page.reserve(count);
    uint64_t first = draw->Key(documents_);
    uint64_t user = LikelyUser(draw, first);
    for (size_t i = 0; i < count; ++i) {
      page.push_back(Ask((first + i) % documents_, user));
    }
    return page;
  }
  std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const override {
    uint64_t user = draw->Key(users_);
    uint64_t found = 0;
    for (uint64_t d = 0; d < documents_; ++d) found += Sees(user, d) ? 1 : 0;
    return LookupResourcesQuestion{"document", "view", Object("user", user),
                                   found};
  }

 protected:
  virtual bool Sees(uint64_t user, uint64_t document) const = 0;
  // One that has a good part of what it takes.
  virtual uint64_t LikelyUser(Draw* draw, uint64_t document) const = 0;
  uint64_t documents() const { return documents_; }
  uint64_t users() const { return users_; }

 private:
  CheckQuestion Ask(uint64_t document, uint64_t user) const {
    return {Object("document", document),
            "view",
            Object("user", user),
            {},
            Sees(user, document) ? Permissionship::kHasPermission
                                 : Permissionship::kNoPermission};
  }

  uint64_t documents_;
  uint64_t users_;
};

// Groups 0 to 99 view, groups 100 to 136 approve.
class Intersections final : public SetOperation {
 public:
  Intersections(uint64_t documents, uint64_t users)
      : SetOperation(documents, users),
        sizes_({documents, documents, documents, users, users, users}) {}

  std::string_view schema() const override {
    return R"(definition user {}

definition group {
  relation member: user
}

definition organization {
  relation member: user
}

definition document {
  relation organization: organization
  relation viewer: user | group#member
  relation approved: user | group#member
  permission view = viewer & approved & organization->member
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", i), "viewer", Members(i % kViewing)};
      case 1:
        return {Object("document", i), "approved",
                Members(kViewing + i % kApproving)};
      case 2:
        return {Object("document", i), "organization",
                Object("organization", i % kOrganizations)};
      case 3:
        return {Object("group", i % kViewing), "member", Object("user", i)};
      case 4:
        return {Object("group", kViewing + i % kApproving), "member",
                Object("user", i)};
      default:
        return {Object("organization", i % kOrganizations), "member",
                Object("user", i)};
    }
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("document", draw->Key(documents())), "viewer",
            SubjectRef(ObjectRef("user", stranger))};
  }

 protected:
  bool Sees(uint64_t user, uint64_t document) const override {
    return user % kViewing == document % kViewing &&
           user % kApproving == document % kApproving &&
           user % kOrganizations == document % kOrganizations;
  }
  uint64_t LikelyUser(Draw* draw, uint64_t document) const override {
    uint64_t period = draw->OneIn(2) ? kViewing * kApproving : kViewing;
    return (document % period + draw->Below(users()) / period * period) %
           users();
  }

 private:
  static constexpr uint64_t kViewing = 100;
  static constexpr uint64_t kApproving = 37;
  static constexpr uint64_t kOrganizations = 10;
  std::array<uint64_t, 6> sizes_;
};

// Groups 0 to 99 view, 100 to 149 are banned, and 150 to 199 nested in those.
// Even documents are public.
class Exclusions final : public SetOperation {
 public:
  Exclusions(uint64_t documents, uint64_t users)
      : SetOperation(documents, users),
        sizes_({(documents + 1) / 2, documents / 2, documents, kBanning, users,
                (users + 2) / 3, (users + 1) / 3}) {}

  std::string_view schema() const override {
    return R"(definition user {}

definition group {
  relation member: user | group#member
}

definition document {
  relation viewer: user | user:* | group#member
  relation banned: user | group#member
  permission view = viewer - banned
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", 2 * i), "viewer",
                SubjectRef(ObjectRef("user", kWildcardId))};
      case 1:
        return {Object("document", 2 * i + 1), "viewer",
                Members((2 * i + 1) % kViewing)};
      case 2:
        return {Object("document", i), "banned",
                Members(kViewing + i % kBanning)};
      case 3:
        return {Object("group", kViewing + i), "member",
                Members(kViewing + kBanning + i)};
      case 4:
        return {Object("group", i % kViewing), "member", Object("user", i)};
      case 5:  // of three users one is banned directly
        return {Object("group", kViewing + 3 * i % kBanning), "member",
                Object("user", 3 * i)};
      default:  // and one through the nested group
        return {Object("group", kViewing + kBanning + (3 * i + 1) % kBanning),
                "member", Object("user", 3 * i + 1)};
    }
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("document", draw->Key(documents())), "banned",
            SubjectRef(ObjectRef("user", stranger))};
  }

 protected:
  bool Sees(uint64_t user, uint64_t document) const override {
    bool views = document % 2 == 0 || user % kViewing == document % kViewing;
    bool banned = user % 3 != 2 && user % kBanning == document % kBanning;
    return views && !banned;
  }
  uint64_t LikelyUser(Draw* draw, uint64_t document) const override {
    return (document % kViewing + draw->Below(users()) / kViewing * kViewing) %
           users();
  }

 private:
  static constexpr uint64_t kViewing = 100;
  static constexpr uint64_t kBanning = 50;
  std::array<uint64_t, 7> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeIntersections(double scale, uint64_t) {
  return std::make_unique<Intersections>(Scaled(20'000, scale, 200),
                                         Scaled(40'000, scale, 4'000));
}

std::unique_ptr<Workload> MakeExclusions(double scale, uint64_t) {
  return std::make_unique<Exclusions>(Scaled(20'000, scale, 200),
                                      Scaled(40'000, scale, 400));
}

}  // namespace kith::bench
