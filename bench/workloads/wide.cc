#include "workloads/wide.h"

#include <array>
#include <optional>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

Permissionship Answer(bool has) {
  return has ? Permissionship::kHasPermission : Permissionship::kNoPermission;
}

// What the workloads here share: questions about a document and a user of it
// or, as often, of another document.
class Wide : public Workload {
 public:
  explicit Wide(uint64_t documents) : documents_(documents) {}

  CheckQuestion Check(Draw* draw) const override {
    uint64_t document = draw->Key(documents_);
    bool has = draw->OneIn(2);
    return Ask(document, UserOf(draw, has ? document : document + 1), has);
  }
  std::vector<CheckQuestion> Bulk(Draw* draw, size_t count) const override {
    std::vector<CheckQuestion> page;
    page.reserve(count);
    uint64_t of = draw->Key(documents_);
    uint64_t user = UserOf(draw, of);
    for (size_t i = 0; i < count; ++i) {
      uint64_t document = (of + i) % documents_;
      page.push_back(Ask(document, user, document == of));
    }
    return page;
  }
  std::optional<LookupSubjectsQuestion> LookupSubjects(
      Draw* draw) const override {
    return LookupSubjectsQuestion{Object("document", draw->Key(documents_)),
                                  "view", "user", users_of_document()};
  }
  Relationship Stray(Draw* draw, std::string_view stranger) const override {
    return {Object("document", draw->Key(documents_)), "viewer",
            SubjectRef(ObjectRef("user", stranger))};
  }

 protected:
  uint64_t documents() const { return documents_; }
  // Users of one document are a range that no other document shares.
  virtual uint64_t users_of_document() const = 0;

 private:
  // Of one of the documents, or of one beyond them that nobody sees.
  uint64_t UserOf(Draw* draw, uint64_t document) const {
    return document * users_of_document() + draw->Below(users_of_document());
  }
  static CheckQuestion Ask(uint64_t document, uint64_t user, bool has) {
    return {Object("document", document),
            "view",
            Object("user", user),
            {},
            Answer(has)};
  }

  uint64_t documents_;
};

class WideDirect final : public Wide {
 public:
  using Wide::Wide;
  std::string_view schema() const override {
    return R"(definition user {}

definition document {
  relation viewer: user
  permission view = viewer
}
)";
  }
  uint64_t relationship_count() const override {
    return documents() * users_of_document();
  }
  Relationship At(uint64_t index) const override {
    return {Object("document", index / users_of_document()), "viewer",
            Object("user", index)};
  }

 protected:
  uint64_t users_of_document() const override { return 9000; }
};

class WideGroups final : public Wide {
 public:
  explicit WideGroups(uint64_t documents)
      : Wide(documents),
        sizes_({documents * kGroups, documents * kGroups * kUsers}) {}
  std::string_view schema() const override {
    return R"(definition user {}

definition group {
  relation member: user
}

definition document {
  relation viewer: user | group#member
  permission view = viewer
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    if (section == 0) {
      return {Object("document", i / kGroups), "viewer",
              SubjectRef(Object("group", i), "member")};
    }
    return {Object("group", i / kUsers), "member", Object("user", i)};
  }

 protected:
  uint64_t users_of_document() const override { return kGroups * kUsers; }

 private:
  static constexpr uint64_t kGroups = 1000;
  static constexpr uint64_t kUsers = 10;  // of a group
  std::array<uint64_t, 2> sizes_;
};

class WideArrow final : public Wide {
 public:
  explicit WideArrow(uint64_t documents)
      : Wide(documents), sizes_({documents * kParents, documents * kParents}) {}
  std::string_view schema() const override {
    return R"(definition user {}

definition folder {
  relation viewer: user
  permission view = viewer
}

definition document {
  relation parent: folder
  relation viewer: user
  permission view = viewer + parent->view
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    if (section == 0) {
      return {Object("document", i / kParents), "parent", Object("folder", i)};
    }
    return {Object("folder", i), "viewer", Object("user", i)};
  }

 protected:
  uint64_t users_of_document() const override { return kParents; }

 private:
  static constexpr uint64_t kParents = 1000;
  std::array<uint64_t, 2> sizes_;
};

class DoubleWideArrow final : public Wide {
 public:
  explicit DoubleWideArrow(uint64_t documents)
      : Wide(documents),
        sizes_({documents * kParents, documents * kParents * kParents,
                documents * kParents * kParents}) {}
  std::string_view schema() const override {
    return R"(definition user {}

definition organization {
  relation member: user
}

definition folder {
  relation organization: organization
  permission view = organization->member
}

definition document {
  relation parent: folder
  relation viewer: user
  permission view = viewer + parent->view
}
)";
  }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override {
    auto [section, i] = FindPlace(sizes_, index);
    switch (section) {
      case 0:
        return {Object("document", i / kParents), "parent",
                Object("folder", i)};
      case 1:
        return {Object("folder", i / kParents), "organization",
                Object("organization", i)};
      default:
        return {Object("organization", i), "member", Object("user", i)};
    }
  }

 protected:
  uint64_t users_of_document() const override { return kParents * kParents; }

 private:
  static constexpr uint64_t kParents = 100;
  std::array<uint64_t, 3> sizes_;
};

}  // namespace

std::unique_ptr<Workload> MakeWideDirect(double scale, uint64_t) {
  return std::make_unique<WideDirect>(Scaled(10, scale));
}

std::unique_ptr<Workload> MakeWideGroups(double scale, uint64_t) {
  return std::make_unique<WideGroups>(Scaled(10, scale));
}

std::unique_ptr<Workload> MakeWideArrow(double scale, uint64_t) {
  return std::make_unique<WideArrow>(Scaled(20, scale));
}

std::unique_ptr<Workload> MakeDoubleWideArrow(double scale, uint64_t) {
  return std::make_unique<DoubleWideArrow>(Scaled(5, scale));
}

}  // namespace kith::bench
