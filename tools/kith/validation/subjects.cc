#include "tools/kith/validation/subjects.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace kith::tool {
namespace {

// No file is expected to hold an object of this name.
constexpr char kProbeId[] = "kith-wildcard-probe-5f0c9a";

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

class Comparison {
 public:
  Comparison(
      Database& db,
      const std::vector<ValidationFile::LocatedRelationship>& relationships,
      const ValidationFile::ExpectedRelation& relation)
      : db_(db), relationships_(relationships), relation_(relation) {}

  std::vector<SubjectMismatch> Run() {
    std::set<SubjectRef> reached;
    Reach({relation_.resource, relation_.permission}, reached);
    for (const SubjectRef& subject : reached) CheckListed(subject);
    for (const ExpectedSubject& expected : relation_.subjects) {
      CheckExpected(expected, reached);
    }
    return std::move(mismatches_);
  }

 private:
  void Mismatch(int line, std::string subject, std::string expected,
                std::string actual) {
    mismatches_.push_back(
        {line,
         fmt::format("{}#{}: {}", relation_.resource.ToString(),
                     relation_.permission, subject),
         std::move(expected), std::move(actual)});
  }

  // All subjects on the leaves below `set`, through subject sets.
  void Reach(const SubjectRef& set, std::set<SubjectRef>& reached) {
    std::vector<SubjectRef> todo = {set};
    while (!todo.empty()) {
      const SubjectRef next = std::move(todo.back());
      todo.pop_back();
      const auto result =
          db_.Expand({.resource = next.object, .permission = next.relation});
      if (!result.ok()) {
        Mismatch(relation_.line, next.ToString(), "",
                 MessageOf(result.status()));
        continue;
      }
      std::vector<const ExpandTree*> nodes = {&result->tree};
      while (!nodes.empty()) {
        const ExpandTree* node = nodes.back();
        nodes.pop_back();
        for (const ExpandTree& child : node->children) {
          nodes.push_back(&child);
        }
        for (const SubjectRef& subject : node->subjects) {
          if (!reached.insert(subject).second) continue;
          if (!subject.relation.empty()) todo.push_back(subject);
        }
      }
    }
  }

  // "no" with a report when the check fails.
  Permissionship Ask(SubjectRef subject, int line) {
    if (subject.is_wildcard()) subject.object.id = kProbeId;
    const auto result = db_.Check({.resource = relation_.resource,
                                   .permission = relation_.permission,
                                   .subject = subject});
    if (result.ok()) return result->permissionship;
    Mismatch(line, subject.ToString(), "", MessageOf(result.status()));
    return Permissionship::kNoPermission;
  }

  const ExpectedSubject* FindExpected(const SubjectRef& subject) const {
    for (const ExpectedSubject& expected : relation_.subjects) {
      if (expected.subject == subject) return &expected;
    }
    return nullptr;
  }

  void CheckListed(const SubjectRef& subject) {
    if (FindExpected(subject) != nullptr) return;
    // A set is trivially a member of itself.
    if (subject == SubjectRef(relation_.resource, relation_.permission)) return;
    // Exclusions of the wildcard are judged with it.
    const SubjectRef wildcard(ObjectRef(subject.object.type, kWildcardId));
    if (subject.relation.empty() && FindExpected(wildcard) != nullptr) return;
    const Permissionship found = Ask(subject, relation_.line);
    if (found == Permissionship::kNoPermission) return;
    Mismatch(relation_.line, fmt::format("[{}]", subject.ToString()),
             "it to be listed", PermissionshipPhrase(found));
  }

  void CheckExpected(const ExpectedSubject& expected,
                     const std::set<SubjectRef>& reached) {
    const Permissionship want = expected.conditional
                                    ? Permissionship::kConditional
                                    : Permissionship::kHasPermission;
    const Permissionship found = Ask(expected.subject, expected.line);
    if (found != want) {
      Mismatch(expected.line, expected.text,
               std::string(PermissionshipName(want)),
               std::string(PermissionshipName(found)));
      return;
    }
    for (const auto& [object, relation] : expected.through) {
      CheckThrough(expected, object, relation);
    }
    if (expected.subject.is_wildcard()) CheckExclusions(expected, reached);
  }

  void CheckThrough(const ExpectedSubject& expected, const ObjectRef& object,
                    const std::string& relation) {
    for (const auto& [relationship, line] : relationships_) {
      if (relationship.resource == object &&
          relationship.relation == relation &&
          relationship.subject == expected.subject) {
        return;
      }
    }
    Mismatch(expected.line, expected.text,
             fmt::format("{} directly in {}#{}", expected.subject.ToString(),
                         object.ToString(), relation),
             "no such relationship");
  }

  void CheckExclusions(const ExpectedSubject& expected,
                       const std::set<SubjectRef>& reached) {
    std::map<SubjectRef, Permissionship> wanted;
    for (const auto& exclusion : expected.exclusions) {
      wanted[exclusion.subject] = exclusion.conditional
                                      ? Permissionship::kConditional
                                      : Permissionship::kNoPermission;
    }
    for (const auto& [subject, want] : wanted) {
      const Permissionship found = Ask(subject, expected.line);
      if (found == want) continue;
      Mismatch(expected.line, expected.text,
               fmt::format("{} to be excluded", subject.ToString()),
               PermissionshipPhrase(found));
    }
    for (const SubjectRef& subject : reached) {
      if (subject.object.type != expected.subject.object.type ||
          !subject.relation.empty() || subject.is_wildcard() ||
          wanted.contains(subject) || FindExpected(subject) != nullptr ||
          Ask(subject, expected.line) != Permissionship::kNoPermission) {
        continue;
      }
      Mismatch(expected.line, expected.text,
               fmt::format("{} among the exclusions", subject.ToString()),
               "it is not listed there");
    }
  }

  static std::string PermissionshipPhrase(Permissionship found) {
    return fmt::format("{} from the check", PermissionshipName(found));
  }

  Database& db_;
  const std::vector<ValidationFile::LocatedRelationship>& relationships_;
  const ValidationFile::ExpectedRelation& relation_;
  std::vector<SubjectMismatch> mismatches_;
};

}  // namespace

std::string_view PermissionshipName(Permissionship permissionship) {
  switch (permissionship) {
    case Permissionship::kHasPermission:
      return "yes";
    case Permissionship::kConditional:
      return "conditional";
    case Permissionship::kNoPermission:
      break;
  }
  return "no";
}

std::string DescribeAnswer(const CheckAnswer& answer) {
  std::string text(PermissionshipName(answer.permissionship));
  if (!answer.missing_context.empty()) {
    text +=
        fmt::format(" (missing: {})", fmt::join(answer.missing_context, ", "));
  }
  return text;
}

std::vector<SubjectMismatch> CompareSubjects(
    Database& db,
    const std::vector<ValidationFile::LocatedRelationship>& relationships,
    const ValidationFile::ExpectedRelation& relation) {
  return Comparison(db, relationships, relation).Run();
}

}  // namespace kith::tool
