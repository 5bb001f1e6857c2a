#include "workloads/drive.h"

#include <optional>
#include <string>
#include <vector>

#include "workloads/draw.h"
#include "workloads/sections.h"

namespace kith::bench {
namespace {

constexpr std::string_view kSchema = R"(definition user {}

definition group {
  relation member: user | group#member
}

definition folder {
  relation parent: folder
  relation owner: user
  relation viewer: user | group#member
  permission view = viewer + owner + parent->view
}

definition document {
  relation parent: folder
  relation owner: user
  relation viewer: user | user:* | group#member
  relation banned: user | group#member
  permission edit = owner - banned
  permission view = (viewer + owner + parent->view) - banned
}
)";

// Groups are nested in trees of 40: at most four deep, three below each.
constexpr uint64_t kGroupBlock = 40;
constexpr uint64_t kGroupFanOut = 3;
// Folders in trees of 500: at most four deep, eight below each.
constexpr uint64_t kFolderBlock = 500;
constexpr uint64_t kFolderFanOut = 8;
constexpr uint64_t kDocumentsOfFolder = 5;
constexpr uint64_t kPage = 100;  // documents of neighbouring folders

constexpr uint64_t kUsersOfGroup = 10;  // at home in it
constexpr uint64_t kFoldersOfGroup = 5;

// What happens to every n-th document, so that sections have exact sizes.
constexpr uint64_t kUserViewerEach = 3;
constexpr uint64_t kGroupViewerEach = 5;
constexpr uint64_t kBannedUserEach = 20;
constexpr uint64_t kBannedGroupEach = 100;
constexpr uint64_t kPublicEach = 100;
constexpr uint64_t kFolderViewerEach = 2;

// The place in a list of every `each`-th object of those that are `offset`
// beyond a multiple.
uint64_t CountEach(uint64_t count, uint64_t each, uint64_t offset = 0) {
  return count <= offset ? 0 : (count - offset - 1) / each + 1;
}

class Drive final : public Workload {
 public:
  Drive(double scale, uint64_t seed);

  std::string_view schema() const override { return kSchema; }
  uint64_t relationship_count() const override { return Total(sizes_); }
  Relationship At(uint64_t index) const override;

  CheckQuestion Check(Draw* draw) const override;
  std::vector<CheckQuestion> Bulk(Draw* draw, size_t count) const override;
  std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const override;
  std::optional<LookupSubjectsQuestion> LookupSubjects(
      Draw* draw) const override;
  Relationship Stray(Draw* draw, std::string_view stranger) const override;

 private:
  enum Section : size_t {
    kHomeGroups,
    kFurtherGroups,
    kNesting,
    kFolderParents,
    kFolderOwners,
    kFolderUsers,
    kFolderGroups,
    kParents,
    kOwners,
    kUserViewers,
    kGroupViewers,
    kPublics,
    kBannedUsers,
    kBannedGroups,
    kSections,
  };

  // The structure: pure functions of the seed. Facts of different kinds about
  // the same object are independent.
  uint64_t Fact(Section kind, uint64_t object, uint64_t bound) const {
    return Reduce(Mix(Mix(seed_ + kind) ^ object), bound);
  }
  uint64_t HomeGroup(uint64_t user) const { return user % groups_; }
  uint64_t FurtherGroup(uint64_t user) const;
  std::optional<uint64_t> GroupAbove(uint64_t group) const;
  std::optional<uint64_t> FolderAbove(uint64_t folder) const;
  uint64_t Folder(uint64_t document) const {
    return document / kDocumentsOfFolder;
  }

  // The answers.
  bool IsMember(uint64_t user, uint64_t group) const;
  bool IsOrIsBelow(uint64_t group, uint64_t above) const;
  bool SeesFolder(uint64_t user, uint64_t folder) const;
  bool IsBanned(uint64_t user, uint64_t document) const;
  bool Sees(uint64_t user, uint64_t document) const;

  Relationship OfFolder(Section section, uint64_t i) const;
  Relationship OfDocument(Section section, uint64_t i) const;
  uint64_t LikelyViewer(Draw* draw, uint64_t document) const;
  uint64_t MemberOf(Draw* draw, uint64_t group) const;
  CheckQuestion Ask(uint64_t user, uint64_t document) const;

  uint64_t seed_;
  uint64_t groups_;
  uint64_t users_;
  uint64_t folders_;
  uint64_t documents_;
  std::array<uint64_t, kSections> sizes_;
};

Drive::Drive(double scale, uint64_t seed)
    : seed_(Mix(seed)),
      groups_(Scaled(250, scale) * kGroupBlock),
      users_(groups_ * kUsersOfGroup),
      folders_(groups_ * kFoldersOfGroup),
      documents_(folders_ * kDocumentsOfFolder) {
  sizes_[kHomeGroups] = users_;
  sizes_[kFurtherGroups] = users_;
  sizes_[kNesting] = groups_ - groups_ / kGroupBlock;
  sizes_[kFolderParents] = folders_ - CountEach(folders_, kFolderBlock);
  sizes_[kFolderOwners] = folders_;
  sizes_[kFolderUsers] = CountEach(folders_, kFolderViewerEach);
  sizes_[kFolderGroups] = CountEach(folders_, kFolderViewerEach, 1);
  sizes_[kParents] = documents_;
  sizes_[kOwners] = documents_;
  sizes_[kUserViewers] = CountEach(documents_, kUserViewerEach);
  sizes_[kGroupViewers] = CountEach(documents_, kGroupViewerEach);
  sizes_[kPublics] = CountEach(documents_, kPublicEach);
  sizes_[kBannedUsers] = CountEach(documents_, kBannedUserEach);
  sizes_[kBannedGroups] = CountEach(documents_, kBannedGroupEach);
}

// Another than the home group; low numbers are more popular, so that some
// groups are large.
uint64_t Drive::FurtherGroup(uint64_t user) const {
  uint64_t even = Fact(kFurtherGroups, user, groups_ - 1);
  uint64_t skewed = even * even / groups_ * even / groups_;
  return skewed < HomeGroup(user) ? skewed : skewed + 1;
}

std::optional<uint64_t> Drive::GroupAbove(uint64_t group) const {
  uint64_t place = group % kGroupBlock;
  if (place == 0) return std::nullopt;
  return group - place + (place - 1) / kGroupFanOut;
}

std::optional<uint64_t> Drive::FolderAbove(uint64_t folder) const {
  uint64_t place = folder % kFolderBlock;
  if (place == 0) return std::nullopt;
  return folder - place + (place - 1) / kFolderFanOut;
}

bool Drive::IsOrIsBelow(uint64_t group, uint64_t above) const {
  std::optional<uint64_t> at = group;
  while (at && *at != above) at = GroupAbove(*at);
  return at.has_value();
}

bool Drive::IsMember(uint64_t user, uint64_t group) const {
  return IsOrIsBelow(HomeGroup(user), group) ||
         IsOrIsBelow(FurtherGroup(user), group);
}

bool Drive::SeesFolder(uint64_t user, uint64_t folder) const {
  for (std::optional<uint64_t> at = folder; at; at = FolderAbove(*at)) {
    if (Fact(kFolderOwners, *at, users_) == user) return true;
    bool of_user = *at % kFolderViewerEach == 0;
    if (of_user ? Fact(kFolderUsers, *at, users_) == user
                : IsMember(user, Fact(kFolderGroups, *at, groups_))) {
      return true;
    }
  }
  return false;
}

bool Drive::IsBanned(uint64_t user, uint64_t document) const {
  if (document % kBannedUserEach == 0 &&
      Fact(kBannedUsers, document, users_) == user) {
    return true;
  }
  return document % kBannedGroupEach == 0 &&
         IsMember(user, Fact(kBannedGroups, document, groups_));
}

bool Drive::Sees(uint64_t user, uint64_t document) const {
  if (IsBanned(user, document)) return false;
  if (document % kPublicEach == 0) return true;
  if (Fact(kOwners, document, users_) == user) return true;
  if (document % kUserViewerEach == 0 &&
      Fact(kUserViewers, document, users_) == user) {
    return true;
  }
  if (document % kGroupViewerEach == 0 &&
      IsMember(user, Fact(kGroupViewers, document, groups_))) {
    return true;
  }
  return SeesFolder(user, Folder(document));
}

Relationship Drive::At(uint64_t index) const {
  auto [found, i] = FindPlace(sizes_, index);
  auto section = static_cast<Section>(found);
  switch (section) {
    case kHomeGroups:
      return {Object("group", HomeGroup(i)), "member", Object("user", i)};
    case kFurtherGroups:
      return {Object("group", FurtherGroup(i)), "member", Object("user", i)};
    case kNesting: {
      // All but the first of each block.
      uint64_t group =
          i / (kGroupBlock - 1) * kGroupBlock + 1 + i % (kGroupBlock - 1);
      return {Object("group", *GroupAbove(group)), "member",
              SubjectRef(Object("group", group), "member")};
    }
    case kFolderParents:
    case kFolderOwners:
    case kFolderUsers:
    case kFolderGroups:
      return OfFolder(section, i);
    default:
      return OfDocument(section, i);
  }
}

Relationship Drive::OfFolder(Section section, uint64_t i) const {
  switch (section) {
    case kFolderParents: {
      uint64_t folder =
          i / (kFolderBlock - 1) * kFolderBlock + 1 + i % (kFolderBlock - 1);
      return {Object("folder", folder), "parent",
              Object("folder", *FolderAbove(folder))};
    }
    case kFolderOwners:
      return {Object("folder", i), "owner",
              Object("user", Fact(section, i, users_))};
    case kFolderUsers: {
      uint64_t folder = i * kFolderViewerEach;
      return {Object("folder", folder), "viewer",
              Object("user", Fact(section, folder, users_))};
    }
    default: {
      uint64_t folder = i * kFolderViewerEach + 1;
      return {Object("folder", folder), "viewer",
              SubjectRef(Object("group", Fact(section, folder, groups_)),
                         "member")};
    }
  }
}

Relationship Drive::OfDocument(Section section, uint64_t i) const {
  auto user = [&](uint64_t document) {
    return SubjectRef(Object("user", Fact(section, document, users_)));
  };
  auto group = [&](uint64_t document) {
    return SubjectRef(Object("group", Fact(section, document, groups_)),
                      "member");
  };
  auto of = [&](uint64_t document, std::string_view relation,
                SubjectRef subject) {
    return Relationship(Object("document", document), relation,
                        std::move(subject));
  };
  switch (section) {
    case kParents:
      return of(i, "parent", SubjectRef(Object("folder", Folder(i))));
    case kOwners:
      return of(i, "owner", user(i));
    case kUserViewers:
      return of(i * kUserViewerEach, "viewer", user(i * kUserViewerEach));
    case kGroupViewers:
      return of(i * kGroupViewerEach, "viewer", group(i * kGroupViewerEach));
    case kPublics:
      return of(i * kPublicEach, "viewer",
                SubjectRef(ObjectRef("user", kWildcardId)));
    case kBannedUsers:
      return of(i * kBannedUserEach, "banned", user(i * kBannedUserEach));
    default:
      return of(i * kBannedGroupEach, "banned", group(i * kBannedGroupEach));
  }
}

uint64_t Drive::MemberOf(Draw* draw, uint64_t group) const {
  return group + draw->Below(kUsersOfGroup) * groups_;
}

// Somebody a relationship of the document, or of a folder above it, speaks of.
uint64_t Drive::LikelyViewer(Draw* draw, uint64_t document) const {
  switch (draw->Below(4)) {
    case 0:
      return Fact(kOwners, document, users_);
    case 1:
      return document % kGroupViewerEach == 0
                 ? MemberOf(draw, Fact(kGroupViewers, document, groups_))
                 : Fact(kUserViewers, document, users_);
    default: {
      uint64_t folder = Folder(document);
      while (draw->OneIn(2)) {
        std::optional<uint64_t> above = FolderAbove(folder);
        if (!above) break;
        folder = *above;
      }
      return folder % kFolderViewerEach == 0
                 ? Fact(kFolderUsers, folder, users_)
                 : MemberOf(draw, Fact(kFolderGroups, folder, groups_));
    }
  }
}

CheckQuestion Drive::Ask(uint64_t user, uint64_t document) const {
  return {Object("document", document),
          "view",
          Object("user", user),
          {},
          Sees(user, document) ? Permissionship::kHasPermission
                               : Permissionship::kNoPermission};
}

// Half of the questions are about somebody likely, half about anybody.
CheckQuestion Drive::Check(Draw* draw) const {
  uint64_t document = draw->Key(documents_);
  return Ask(draw->OneIn(2) ? LikelyViewer(draw, document) : draw->Key(users_),
             document);
}

std::vector<CheckQuestion> Drive::Bulk(Draw* draw, size_t count) const {
  uint64_t first = draw->Key((documents_ + kPage - 1) / kPage) * kPage;
  uint64_t user =
      draw->OneIn(2) ? LikelyViewer(draw, first) : draw->Key(users_);
  std::vector<CheckQuestion> page;
  page.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    page.push_back(Ask(user, (first + i) % documents_));
  }
  return page;
}

std::optional<LookupResourcesQuestion> Drive::LookupResources(
    Draw* draw) const {
  return LookupResourcesQuestion{
      "document", "view", Object("user", draw->Key(users_)), std::nullopt};
}

std::optional<LookupSubjectsQuestion> Drive::LookupSubjects(Draw* draw) const {
  return LookupSubjectsQuestion{Object("document", draw->Key(documents_)),
                                "view", "user", std::nullopt};
}

Relationship Drive::Stray(Draw* draw, std::string_view stranger) const {
  return {Object("document", draw->Key(documents_)), "viewer",
          SubjectRef(ObjectRef("user", stranger))};
}

}  // namespace

std::unique_ptr<Workload> MakeDrive(double scale, uint64_t seed) {
  return std::make_unique<Drive>(scale, seed);
}

}  // namespace kith::bench
