#include "db/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "caveat/caveat.h"
#include "schema/suggestion.h"
#include "schema/unknown_name.h"

namespace kith::db {
namespace {

using schema::AllowedSubject;

// The combination that `relationship` needs its relation to allow.
AllowedSubject Needed(const Relationship& relationship) {
  AllowedSubject needed;
  needed.type = relationship.subject.object.type;
  needed.relation = relationship.subject.relation;
  needed.wildcard = relationship.subject.is_wildcard();
  if (relationship.caveat) needed.caveat = relationship.caveat->name;
  needed.expiration = relationship.expires_at.has_value();
  return needed;
}

bool Same(const AllowedSubject& a, const AllowedSubject& b) {
  return a.type == b.type && a.relation == b.relation &&
         a.wildcard == b.wildcard && a.caveat == b.caveat &&
         a.expiration == b.expiration;
}

// Comparing a name with all of a long list would hold up the other writers.
constexpr size_t kMaxCandidates = 64;

// The allowed combination that was most likely meant: of the same type if there
// is one, else one spelt alike; empty when there is none.
std::string Suggestion(const AllowedSubject& needed,
                       const schema::Relation& relation) {
  std::vector<std::string> same_type;
  std::vector<std::string> others;
  for (const AllowedSubject& allowed : relation.allowed) {
    if (same_type.size() + others.size() == kMaxCandidates) break;
    auto& list = allowed.type == needed.type ? same_type : others;
    list.push_back(allowed.ToString());
  }
  const auto& list = same_type.empty() ? others : same_type;
  const std::string_view closest =
      schema::Closest(needed.ToString(),
                      std::vector<std::string_view>(list.begin(), list.end()));
  if (closest.empty() && !same_type.empty()) return same_type.front();
  return std::string(closest);
}

absl::Status InvalidSubjectType(const Relationship& relationship,
                                const schema::Relation& relation) {
  const AllowedSubject needed = Needed(relationship);
  std::string message = fmt::format(
      "subjects of type \"{}\" are not allowed on relation \"{}#{}\"",
      needed.ToString(), relationship.resource.type, relation.name);
  if (const auto meant = Suggestion(needed, relation); !meant.empty()) {
    message += fmt::format("; did you mean \"{}\"?", meant);
  }
  return MakeError(absl::StatusCode::kInvalidArgument,
                   ErrorReason::kInvalidSubjectType, message,
                   {{"definition_name", relationship.resource.type},
                    {"relation_name", relation.name},
                    {"subject_type", needed.ToString()}});
}

// The caveat is one that the relation allows, so the schema has it.
absl::Status CheckCaveatContext(const schema::Schema& schema,
                                const CaveatRef& caveat) {
  const schema::Caveat* declared = schema.FindCaveat(caveat.name);
  if (declared == nullptr || declared->compiled == nullptr) {
    return absl::InternalError(
        fmt::format("caveat \"{}\" was not compiled", caveat.name));
  }
  return declared->compiled->ValidateContext(caveat.context);
}

absl::Status CheckSubjectNames(const schema::Schema& schema,
                               const SubjectRef& subject) {
  const auto* definition = schema.FindDefinition(subject.object.type);
  if (definition == nullptr)
    return schema::UnknownDefinition(subject.object.type);
  if (!subject.relation.empty() && !definition->Has(subject.relation)) {
    return schema::UnknownRelation(subject.object.type, subject.relation);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAdmission(const schema::Schema& schema,
                            const Update& update) {
  const Relationship& relationship = update.relationship;
  const std::string& type = relationship.resource.type;
  const auto* definition = schema.FindDefinition(type);
  if (definition == nullptr) return schema::UnknownDefinition(type);
  const auto* relation = definition->FindRelation(relationship.relation);
  if (relation == nullptr) {
    if (definition->FindPermission(relationship.relation) == nullptr) {
      return schema::UnknownRelation(type, relationship.relation);
    }
    return MakeError(absl::StatusCode::kInvalidArgument,
                     ErrorReason::kCannotUpdatePermission,
                     fmt::format("\"{}\" of definition \"{}\" is a permission; "
                                 "relationships are written to relations",
                                 relationship.relation, type),
                     {{"definition_name", type},
                      {"permission_name", relationship.relation}});
  }
  KITH_RETURN_IF_ERROR(CheckSubjectNames(schema, relationship.subject));
  if (update.operation == Update::Operation::kDelete) return absl::OkStatus();

  const AllowedSubject needed = Needed(relationship);
  if (std::none_of(
          relation->allowed.begin(), relation->allowed.end(),
          [&](const auto& allowed) { return Same(allowed, needed); })) {
    return InvalidSubjectType(relationship, *relation);
  }
  if (!relationship.caveat) return absl::OkStatus();
  return CheckCaveatContext(schema, *relationship.caveat);
}

absl::Status RecreationError(const Relationship& relationship,
                             std::string_view is) {
  const std::string text = relationship.ToString();
  return MakeError(
      absl::StatusCode::kAlreadyExists,
      ErrorReason::kAttemptToRecreateRelationship,
      fmt::format("relationship \"{}\" {}; touch it to replace it", text, is),
      {{"relationship", text},
       {"resource_type", relationship.resource.type},
       {"resource_object_id", relationship.resource.id},
       {"resource_relation", relationship.relation},
       {"subject_type", relationship.subject.object.type},
       {"subject_object_id", relationship.subject.object.id},
       {"subject_relation", relationship.subject.relation}});
}

}  // namespace kith::db
