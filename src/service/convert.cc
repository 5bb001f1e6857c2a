#include "service/convert.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

std::string Join(std::string_view path, std::string_view name) {
  return fmt::format("{}.{}", path, name);
}

absl::StatusOr<absl::Time> ToTime(const google::protobuf::Timestamp& in,
                                  std::string_view field) {
  // Years 1 to 9999, the range of a Timestamp.
  constexpr int64_t kMinSeconds = -62135596800;
  constexpr int64_t kMaxSeconds = 253402300799;
  if (in.seconds() < kMinSeconds || in.seconds() > kMaxSeconds ||
      in.nanos() < 0 || in.nanos() > 999'999'999) {
    return InvalidArgument(
        fmt::format("{}: {} s and {} ns is no time of the years 1 to 9999",
                    field, in.seconds(), in.nanos()));
  }
  return absl::FromUnixSeconds(in.seconds()) + absl::Nanoseconds(in.nanos());
}

void ToProto(absl::Time in, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(in);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(in - absl::FromUnixSeconds(seconds))));
}

absl::StatusOr<CaveatRef> ToCaveat(const wire::ContextualizedCaveat& in,
                                   std::string_view field) {
  if (in.caveat_name().empty()) return MissingValue(Join(field, "caveat_name"));
  CaveatRef out;
  out.name = in.caveat_name();
  KITH_ASSIGN_OR_RETURN(out.context,
                        ToStruct(in.context(), Join(field, "context")));
  return out;
}

absl::StatusOr<SubjectFilter> ToSubjectFilter(const wire::SubjectFilter& in,
                                              std::string_view field) {
  if (in.subject_type().empty()) {
    return MissingValue(Join(field, "subject_type"));
  }
  SubjectFilter out{in.subject_type(), in.optional_subject_id(), {}};
  if (in.has_optional_relation()) {
    const std::string& relation = in.optional_relation().relation();
    out.relation = relation == kEllipsis ? "" : relation;
  }
  return out;
}

absl::StatusOr<Token> ToToken(const wire::ZedToken& in,
                              std::string_view field) {
  if (in.token().empty()) return MissingValue(Join(field, "token"));
  return in.token();
}

}  // namespace

absl::Status MissingValue(std::string_view field) {
  return InvalidArgument(fmt::format("{}: value is required", field));
}

absl::StatusOr<ObjectRef> ToObject(bool is_set, const wire::ObjectReference& in,
                                   std::string_view field) {
  if (!is_set) return MissingValue(field);
  return ObjectRef(in.object_type(), in.object_id());
}

absl::StatusOr<SubjectRef> ToSubject(bool is_set,
                                     const wire::SubjectReference& in,
                                     std::string_view field) {
  if (!is_set) return MissingValue(field);
  if (!in.has_object()) return MissingValue(Join(field, "object"));
  ObjectRef object(in.object().object_type(), in.object().object_id());
  const std::string& relation = in.optional_relation();
  return SubjectRef(std::move(object),
                    relation == kEllipsis ? std::string_view() : relation);
}

absl::StatusOr<Relationship> ToRelationship(const wire::Relationship& in,
                                            FieldName field) {
  if (!in.has_resource()) return MissingValue(Join(field(), "resource"));
  if (!in.has_subject()) return MissingValue(Join(field(), "subject"));
  if (!in.subject().has_object()) {
    return MissingValue(Join(field(), "subject.object"));
  }
  Relationship out;
  KITH_ASSIGN_OR_RETURN(out.resource, ToObject(true, in.resource(), {}));
  out.relation = in.relation();
  KITH_ASSIGN_OR_RETURN(out.subject, ToSubject(true, in.subject(), {}));
  if (in.has_optional_caveat()) {
    KITH_ASSIGN_OR_RETURN(
        out.caveat,
        ToCaveat(in.optional_caveat(), Join(field(), "optional_caveat")));
  }
  if (in.has_optional_expires_at()) {
    KITH_ASSIGN_OR_RETURN(
        out.expires_at,
        ToTime(in.optional_expires_at(), Join(field(), "optional_expires_at")));
  }
  return out;
}

absl::StatusOr<Update> ToUpdate(const wire::RelationshipUpdate& in,
                                FieldName field) {
  Update out;
  switch (in.operation()) {
    case wire::RelationshipUpdate::OPERATION_CREATE:
      out.operation = Update::Operation::kCreate;
      break;
    case wire::RelationshipUpdate::OPERATION_TOUCH:
      out.operation = Update::Operation::kTouch;
      break;
    case wire::RelationshipUpdate::OPERATION_DELETE:
      out.operation = Update::Operation::kDelete;
      break;
    default:
      return InvalidArgument(fmt::format(
          "{}.operation: must be CREATE, TOUCH or DELETE", field()));
  }
  const auto relationship = [&] { return Join(field(), "relationship"); };
  if (!in.has_relationship()) return MissingValue(relationship());
  KITH_ASSIGN_OR_RETURN(out.relationship,
                        ToRelationship(in.relationship(), relationship));
  return out;
}

absl::StatusOr<RelationshipFilter> ToFilter(bool is_set,
                                            const wire::RelationshipFilter& in,
                                            std::string_view field) {
  if (!is_set) return MissingValue(field);
  RelationshipFilter out{in.resource_type(),
                         in.optional_resource_id(),
                         in.optional_resource_id_prefix(),
                         in.optional_relation(),
                         {}};
  if (in.has_optional_subject_filter()) {
    KITH_ASSIGN_OR_RETURN(
        out.subject, ToSubjectFilter(in.optional_subject_filter(),
                                     Join(field, "optional_subject_filter")));
  }
  return out;
}

absl::StatusOr<Precondition> ToPrecondition(const wire::Precondition& in,
                                            std::string_view field) {
  Precondition out;
  switch (in.operation()) {
    case wire::Precondition::OPERATION_MUST_MATCH:
      out.operation = Precondition::Operation::kMustMatch;
      break;
    case wire::Precondition::OPERATION_MUST_NOT_MATCH:
      out.operation = Precondition::Operation::kMustNotMatch;
      break;
    default:
      return InvalidArgument(fmt::format(
          "{}.operation: must be MUST_MATCH or MUST_NOT_MATCH", field));
  }
  if (!in.has_filter()) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     ErrorReason::kEmptyPrecondition,
                     fmt::format("{}.filter: value is required", field));
  }
  KITH_ASSIGN_OR_RETURN(out.filter,
                        ToFilter(true, in.filter(), Join(field, "filter")));
  return out;
}

absl::StatusOr<Consistency> ToConsistency(const wire::Consistency& in) {
  switch (in.requirement_case()) {
    case wire::Consistency::kMinimizeLatency:
      if (in.minimize_latency()) return Consistency::MinimizeLatency();
      return InvalidArgument("consistency.minimize_latency: must be true");
    case wire::Consistency::kFullyConsistent:
      if (in.fully_consistent()) return Consistency::FullyConsistent();
      return InvalidArgument("consistency.fully_consistent: must be true");
    case wire::Consistency::kAtLeastAsFresh: {
      KITH_ASSIGN_OR_RETURN(
          Token token,
          ToToken(in.at_least_as_fresh(), "consistency.at_least_as_fresh"));
      return Consistency::AtLeastAsFresh(std::move(token));
    }
    case wire::Consistency::kAtExactSnapshot: {
      KITH_ASSIGN_OR_RETURN(
          Token token,
          ToToken(in.at_exact_snapshot(), "consistency.at_exact_snapshot"));
      return Consistency::AtExactSnapshot(std::move(token));
    }
    case wire::Consistency::REQUIREMENT_NOT_SET:
      break;
  }
  return Consistency::MinimizeLatency();
}

wire::PartialCaveatInfo ToCaveatInfo(
    const std::vector<std::string>& missing_context) {
  wire::PartialCaveatInfo info;
  for (const std::string& name : missing_context) {
    info.add_missing_required_context(name);
  }
  return info;
}

void ToProto(const ObjectRef& in, wire::ObjectReference* out) {
  out->set_object_type(in.type);
  out->set_object_id(in.id);
}

void ToProto(const SubjectRef& in, wire::SubjectReference* out) {
  ToProto(in.object, out->mutable_object());
  out->set_optional_relation(in.relation);
}

void ToProto(const Relationship& in, wire::Relationship* out) {
  ToProto(in.resource, out->mutable_resource());
  out->set_relation(in.relation);
  ToProto(in.subject, out->mutable_subject());
  if (in.caveat) {
    auto* caveat = out->mutable_optional_caveat();
    caveat->set_caveat_name(in.caveat->name);
    ToProto(in.caveat->context, caveat->mutable_context());
  }
  if (in.expires_at) {
    ToProto(*in.expires_at, out->mutable_optional_expires_at());
  }
}

void ToProto(const ExpandTree& in, wire::PermissionRelationshipTree* out) {
  using Operation = wire::AlgebraicSubjectSet;
  ToProto(in.object, out->mutable_expanded_object());
  out->set_expanded_relation(in.relation);
  Operation::Operation operation = Operation::OPERATION_UNSPECIFIED;
  switch (in.kind) {
    case ExpandTree::Kind::kLeaf:
      out->mutable_leaf();
      for (const SubjectRef& subject : in.subjects) {
        ToProto(subject, out->mutable_leaf()->add_subjects());
      }
      return;
    case ExpandTree::Kind::kUnion:
      operation = Operation::OPERATION_UNION;
      break;
    case ExpandTree::Kind::kIntersection:
      operation = Operation::OPERATION_INTERSECTION;
      break;
    case ExpandTree::Kind::kExclusion:
      operation = Operation::OPERATION_EXCLUSION;
      break;
  }
  out->mutable_intermediate()->set_operation(operation);
  for (const ExpandTree& child : in.children) {
    ToProto(child, out->mutable_intermediate()->add_children());
  }
}

wire::CheckPermissionResponse::Permissionship ToProto(Permissionship in) {
  using Response = wire::CheckPermissionResponse;
  switch (in) {
    case Permissionship::kNoPermission:
      return Response::PERMISSIONSHIP_NO_PERMISSION;
    case Permissionship::kConditional:
      return Response::PERMISSIONSHIP_CONDITIONAL_PERMISSION;
    case Permissionship::kHasPermission:
      return Response::PERMISSIONSHIP_HAS_PERMISSION;
  }
  return Response::PERMISSIONSHIP_UNSPECIFIED;
}

wire::LookupPermissionship ToLookupProto(Permissionship in) {
  switch (in) {
    case Permissionship::kNoPermission:
      break;
    case Permissionship::kConditional:
      return wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION;
    case Permissionship::kHasPermission:
      return wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION;
  }
  return wire::LOOKUP_PERMISSIONSHIP_UNSPECIFIED;
}

}  // namespace kith::service
