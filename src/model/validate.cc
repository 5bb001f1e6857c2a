#include "model/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/filter_text.h"
#include "model/utf8.h"
#include "model/value_json.h"

namespace kith {
namespace {

constexpr size_t kMinNameBytes = 3;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string Path(std::string_view field, std::string_view member) {
  return field.empty() ? std::string(member)
                       : fmt::format("{}.{}", field, member);
}

absl::Status Refuse(std::string_view field, std::string_view value,
                    std::string_view rule) {
  return InvalidArgument(fmt::format("{}: {} {}", field, Quoted(value), rule));
}

absl::Status InvalidFilter(const RelationshipFilter& filter,
                           std::string_view field, std::string_view rule) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidFilter,
      fmt::format("{}: {}", field, rule), {{"filter", DescribeFilter(filter)}});
}

absl::Status ValidateId(std::string_view id, std::string_view field) {
  if (id.empty())
    return Refuse(field, id, "is empty, an id has 1 byte or more");
  if (id.size() > kMaxObjectIdBytes) {
    return Refuse(field, id,
                  fmt::format("has {} bytes, over the limit of {}", id.size(),
                              kMaxObjectIdBytes));
  }
  if (!IsPrintableUtf8(id)) {
    return Refuse(field, id, "is not UTF-8 free of control characters");
  }
  return absl::OkStatus();
}

absl::Status ValidateResourceId(std::string_view id, std::string_view field) {
  if (id == kWildcardId) {
    return Refuse(field, id, "is the wildcard, which only a subject may be");
  }
  return ValidateId(id, field);
}

absl::Status ValidateAtDepth(const Value& value, std::string_view field,
                             size_t depth);

absl::Status CheckDepth(std::string_view field, size_t depth) {
  if (depth <= kMaxJsonDepth) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{}: nested deeper than {} levels", field, kMaxJsonDepth));
}

absl::Status ValidateAtDepth(const Struct& context, std::string_view field,
                             size_t depth) {
  KITH_RETURN_IF_ERROR(CheckDepth(field, depth));
  for (const auto& [key, value] : context) {
    if (!IsUtf8(key)) return Refuse(field, key, "is a key that is not UTF-8");
    KITH_RETURN_IF_ERROR(ValidateAtDepth(value, field, depth));
  }
  return absl::OkStatus();
}

absl::Status ValidateAtDepth(const ValueList& list, std::string_view field,
                             size_t depth) {
  KITH_RETURN_IF_ERROR(CheckDepth(field, depth));
  for (const Value& value : list) {
    KITH_RETURN_IF_ERROR(ValidateAtDepth(value, field, depth));
  }
  return absl::OkStatus();
}

absl::Status ValidateAtDepth(const Value& value, std::string_view field,
                             size_t depth) {
  if (const auto* s = std::get_if<std::string>(&value.value)) {
    return IsUtf8(*s) ? absl::OkStatus() : Refuse(field, *s, "is not UTF-8");
  }
  if (const auto* number = std::get_if<double>(&value.value)) {
    return std::isfinite(*number)
               ? absl::OkStatus()
               : InvalidArgument(fmt::format("{}: {} is not a finite number",
                                             field, *number));
  }
  if (const auto* list = std::get_if<ValueList>(&value.value)) {
    return ValidateAtDepth(*list, field, depth + 1);
  }
  if (const auto* object = std::get_if<Struct>(&value.value)) {
    return ValidateAtDepth(*object, field, depth + 1);
  }
  return absl::OkStatus();
}

// The years that RFC 3339 and the wire can express.
absl::Status ValidateExpiry(absl::Time time, std::string_view field) {
  const absl::Time first =
      absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
  const absl::Time end =
      absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  if (time >= first && time < end) return absl::OkStatus();
  return Refuse(field, absl::FormatTime(time, absl::UTCTimeZone()),
                "is outside the years 1 to 9999");
}

absl::Status ValidateSubjectFilter(const RelationshipFilter& whole,
                                   std::string_view field) {
  const SubjectFilter& filter = *whole.subject;
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(filter.type, Path(field, "subject_type")));
  const bool wildcard = filter.id == kWildcardId;
  if (!filter.id.empty() && !wildcard) {
    KITH_RETURN_IF_ERROR(
        ValidateId(filter.id, Path(field, "optional_subject_id")));
  }
  if (filter.relation && !filter.relation->empty()) {
    KITH_RETURN_IF_ERROR(ValidateRelationName(
        *filter.relation, Path(field, "optional_relation.relation")));
    if (wildcard) {
      return InvalidFilter(whole, field, "the wildcard \"*\" has no relation");
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsRelationName(std::string_view name) {
  return name.size() >= kMinNameBytes && name.size() <= kMaxRelationNameBytes &&
         IsLower(name.front()) && name.back() != '_' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsLower(c) || IsDigit(c) || c == '_';
         });
}

bool IsTypeName(std::string_view name) {
  if (name.size() > kMaxTypeNameBytes) return false;
  while (true) {
    const size_t slash = name.find('/');
    if (!IsRelationName(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool IsObjectId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxObjectIdBytes && id != kWildcardId &&
         IsPrintableUtf8(id);
}

bool IsPlainObjectId(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z') || c == '/' ||
           c == '_' || c == '|' || c == '-' || c == '=' || c == '+';
  });
}

absl::Status ValidateTypeName(std::string_view name, std::string_view field) {
  if (IsTypeName(name)) return absl::OkStatus();
  return Refuse(
      field, name,
      fmt::format("is not a type name: segments like "
                  "[a-z][a-z0-9_]*[a-z0-9] of {} to {} bytes joined "
                  "by \"/\", at most {} bytes",
                  kMinNameBytes, kMaxRelationNameBytes, kMaxTypeNameBytes));
}

absl::Status ValidateRelationName(std::string_view name,
                                  std::string_view field) {
  if (IsRelationName(name)) return absl::OkStatus();
  return Refuse(field, name,
                fmt::format("is not a relation name: "
                            "[a-z][a-z0-9_]*[a-z0-9] of {} to {} bytes",
                            kMinNameBytes, kMaxRelationNameBytes));
}

absl::Status ValidateResource(const ObjectRef& resource,
                              std::string_view field) {
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(resource.type, Path(field, "object_type")));
  return ValidateResourceId(resource.id, Path(field, "object_id"));
}

absl::Status ValidateSubject(const SubjectRef& subject,
                             std::string_view field) {
  const std::string object = Path(field, "object");
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(subject.object.type, Path(object, "object_type")));
  KITH_RETURN_IF_ERROR(
      ValidateId(subject.object.id, Path(object, "object_id")));
  if (subject.relation.empty()) return absl::OkStatus();
  const std::string relation = Path(field, "optional_relation");
  if (subject.is_wildcard()) {
    return Refuse(relation, subject.relation,
                  "must be empty when the subject is the wildcard \"*\"");
  }
  return ValidateRelationName(subject.relation, relation);
}

absl::Status ValidateContext(const Struct& context, std::string_view field) {
  return ValidateAtDepth(context, field, 1);
}

bool IsBareRelationship(const Relationship& relationship) {
  const ObjectRef& resource = relationship.resource;
  const SubjectRef& subject = relationship.subject;
  return !relationship.caveat && !relationship.expires_at &&
         IsTypeName(resource.type) && IsObjectId(resource.id) &&
         IsRelationName(relationship.relation) &&
         IsTypeName(subject.object.type) &&
         (subject.relation.empty()
              ? subject.is_wildcard() || IsObjectId(subject.object.id)
              : IsObjectId(subject.object.id) &&
                    IsRelationName(subject.relation));
}

absl::Status ValidateRelationship(const Relationship& relationship,
                                  std::string_view field) {
  if (IsBareRelationship(relationship)) return absl::OkStatus();
  KITH_RETURN_IF_ERROR(
      ValidateResource(relationship.resource, Path(field, "resource")));
  KITH_RETURN_IF_ERROR(
      ValidateRelationName(relationship.relation, Path(field, "relation")));
  KITH_RETURN_IF_ERROR(
      ValidateSubject(relationship.subject, Path(field, "subject")));
  if (const auto& caveat = relationship.caveat) {
    const std::string path = Path(field, "optional_caveat");
    if (!IsTypeName(caveat->name)) {
      return Refuse(Path(path, "caveat_name"), caveat->name,
                    "is not a caveat name");
    }
    KITH_RETURN_IF_ERROR(
        ValidateContext(caveat->context, Path(path, "context")));
  }
  if (relationship.expires_at) {
    return ValidateExpiry(*relationship.expires_at,
                          Path(field, "optional_expires_at"));
  }
  return absl::OkStatus();
}

absl::Status ValidateFilter(const RelationshipFilter& filter,
                            std::string_view field) {
  if (filter == RelationshipFilter{}) {
    return InvalidFilter(filter, field,
                         "is empty, at least one field must be set");
  }
  if (!filter.resource_type.empty()) {
    KITH_RETURN_IF_ERROR(
        ValidateTypeName(filter.resource_type, Path(field, "resource_type")));
  }
  if (!filter.resource_id.empty()) {
    KITH_RETURN_IF_ERROR(ValidateResourceId(
        filter.resource_id, Path(field, "optional_resource_id")));
  }
  if (!filter.resource_id_prefix.empty()) {
    if (!filter.resource_id.empty()) {
      return InvalidFilter(filter, field,
                           "optional_resource_id and "
                           "optional_resource_id_prefix exclude each other");
    }
    KITH_RETURN_IF_ERROR(ValidateId(
        filter.resource_id_prefix, Path(field, "optional_resource_id_prefix")));
  }
  if (!filter.relation.empty()) {
    KITH_RETURN_IF_ERROR(ValidateRelationName(
        filter.relation, Path(field, "optional_relation")));
  }
  if (!filter.subject) return absl::OkStatus();
  return ValidateSubjectFilter(filter, Path(field, "optional_subject_filter"));
}

}  // namespace kith
