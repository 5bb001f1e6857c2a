#include "tools/kith/convert.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"

namespace kith::tool {
namespace {

void ToProto(const Value& value, google::protobuf::Value* proto) {
  if (const auto* b = std::get_if<bool>(&value.value)) {
    proto->set_bool_value(*b);
  } else if (const auto* number = std::get_if<double>(&value.value)) {
    proto->set_number_value(*number);
  } else if (const auto* text = std::get_if<std::string>(&value.value)) {
    proto->set_string_value(*text);
  } else if (const auto* list = std::get_if<ValueList>(&value.value)) {
    auto* values = proto->mutable_list_value();
    for (const Value& item : *list) ToProto(item, values->add_values());
  } else if (const auto* object = std::get_if<Struct>(&value.value)) {
    kith::tool::ToProto(*object, proto->mutable_struct_value());
  } else {
    proto->set_null_value(google::protobuf::NULL_VALUE);
  }
}

Value FromProto(const google::protobuf::Value& proto) {
  switch (proto.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return {proto.bool_value()};
    case google::protobuf::Value::kNumberValue:
      return {proto.number_value()};
    case google::protobuf::Value::kStringValue:
      return {proto.string_value()};
    case google::protobuf::Value::kListValue: {
      ValueList list;
      for (const auto& item : proto.list_value().values()) {
        list.push_back(FromProto(item));
      }
      return {std::move(list)};
    }
    case google::protobuf::Value::kStructValue:
      return {kith::tool::FromProto(proto.struct_value())};
    default:
      return {};
  }
}

ExpandTree::Kind KindOf(v1::AlgebraicSubjectSet::Operation operation) {
  switch (operation) {
    case v1::AlgebraicSubjectSet::OPERATION_INTERSECTION:
      return ExpandTree::Kind::kIntersection;
    case v1::AlgebraicSubjectSet::OPERATION_EXCLUSION:
      return ExpandTree::Kind::kExclusion;
    default:
      return ExpandTree::Kind::kUnion;
  }
}

CaveatTrace::Result ResultOf(v1::CaveatEvalInfo::Result result) {
  switch (result) {
    case v1::CaveatEvalInfo::RESULT_FALSE:
      return CaveatTrace::Result::kFalse;
    case v1::CaveatEvalInfo::RESULT_TRUE:
      return CaveatTrace::Result::kTrue;
    case v1::CaveatEvalInfo::RESULT_MISSING_SOME_CONTEXT:
      return CaveatTrace::Result::kMissingContext;
    default:
      return CaveatTrace::Result::kUnevaluated;
  }
}

CaveatTrace CaveatOf(const v1::CaveatEvalInfo& proto) {
  CaveatTrace caveat;
  caveat.name = proto.caveat_name();
  caveat.expression = proto.expression();
  caveat.context = kith::tool::FromProto(proto.context());
  caveat.result = ResultOf(proto.result());
  const auto& missing = proto.partial_caveat_info().missing_required_context();
  caveat.missing_context.assign(missing.begin(), missing.end());
  return caveat;
}

std::optional<Permissionship> AnswerOf(
    v1::CheckDebugTrace::Permissionship result) {
  switch (result) {
    case v1::CheckDebugTrace::PERMISSIONSHIP_NO_PERMISSION:
      return Permissionship::kNoPermission;
    case v1::CheckDebugTrace::PERMISSIONSHIP_CONDITIONAL_PERMISSION:
      return Permissionship::kConditional;
    case v1::CheckDebugTrace::PERMISSIONSHIP_HAS_PERMISSION:
      return Permissionship::kHasPermission;
    default:
      return std::nullopt;
  }
}

// Messages are at most as deep as their parser allows.
TraceStep StepOf(const v1::CheckDebugTrace& proto) {
  TraceStep step;
  step.resource = kith::tool::FromProto(proto.resource());
  step.permission = proto.permission();
  step.is_relation =
      proto.permission_type() == v1::CheckDebugTrace::PERMISSION_TYPE_RELATION;
  step.subject = kith::tool::FromProto(proto.subject());
  step.permissionship = AnswerOf(proto.result());
  if (auto source = Relationship::Parse(proto.source()); source.ok()) {
    step.through = *std::move(source);
  }
  if (proto.has_caveat_evaluation_info()) {
    step.caveat = CaveatOf(proto.caveat_evaluation_info());
  }
  if (!absl::SimpleAtoi(proto.trace_operation_id(), &step.id)) step.id = 0;
  step.repeated = proto.was_cached_result();
  for (const auto& problem : proto.sub_problems().traces()) {
    step.steps.push_back(StepOf(problem));
  }
  return step;
}

}  // namespace

void ToProto(const Struct& value, google::protobuf::Struct* proto) {
  for (const auto& [key, field] : value) {
    ToProto(field, &(*proto->mutable_fields())[key]);
  }
}

void ToProto(const ObjectRef& object, v1::ObjectReference* proto) {
  proto->set_object_type(object.type);
  proto->set_object_id(object.id);
}

void ToProto(const SubjectRef& subject, v1::SubjectReference* proto) {
  ToProto(subject.object, proto->mutable_object());
  proto->set_optional_relation(subject.relation);
}

void ToProto(const Relationship& relationship, v1::Relationship* proto) {
  ToProto(relationship.resource, proto->mutable_resource());
  proto->set_relation(relationship.relation);
  ToProto(relationship.subject, proto->mutable_subject());
  if (relationship.caveat.has_value()) {
    auto* caveat = proto->mutable_optional_caveat();
    caveat->set_caveat_name(relationship.caveat->name);
    if (!relationship.caveat->context.empty()) {
      ToProto(relationship.caveat->context, caveat->mutable_context());
    }
  }
  if (relationship.expires_at.has_value()) {
    const absl::Time time = *relationship.expires_at;
    const int64_t seconds = absl::ToUnixSeconds(time);
    auto* expiry = proto->mutable_optional_expires_at();
    expiry->set_seconds(seconds);
    expiry->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  }
}

void ToProto(const RelationshipFilter& filter, v1::RelationshipFilter* proto) {
  proto->set_resource_type(filter.resource_type);
  proto->set_optional_resource_id(filter.resource_id);
  proto->set_optional_resource_id_prefix(filter.resource_id_prefix);
  proto->set_optional_relation(filter.relation);
  if (filter.subject.has_value()) {
    auto* subject = proto->mutable_optional_subject_filter();
    subject->set_subject_type(filter.subject->type);
    subject->set_optional_subject_id(filter.subject->id);
    if (filter.subject->relation.has_value()) {
      subject->mutable_optional_relation()->set_relation(
          *filter.subject->relation);
    }
  }
}

void ToProto(const Consistency& consistency, v1::Consistency* proto) {
  switch (consistency.mode) {
    case Consistency::Mode::kMinimizeLatency:
      proto->set_minimize_latency(true);
      break;
    case Consistency::Mode::kAtLeastAsFresh:
      proto->mutable_at_least_as_fresh()->set_token(consistency.token);
      break;
    case Consistency::Mode::kAtExactSnapshot:
      proto->mutable_at_exact_snapshot()->set_token(consistency.token);
      break;
    case Consistency::Mode::kFullyConsistent:
      proto->set_fully_consistent(true);
      break;
  }
}

Struct FromProto(const google::protobuf::Struct& proto) {
  Struct result;
  for (const auto& [key, field] : proto.fields()) {
    result[key] = FromProto(field);
  }
  return result;
}

ObjectRef FromProto(const v1::ObjectReference& proto) {
  return ObjectRef(proto.object_type(), proto.object_id());
}

SubjectRef FromProto(const v1::SubjectReference& proto) {
  const std::string& relation = proto.optional_relation();
  return SubjectRef(FromProto(proto.object()),
                    relation == kEllipsis ? std::string_view() : relation);
}

Relationship FromProto(const v1::Relationship& proto) {
  Relationship result(FromProto(proto.resource()), proto.relation(),
                      FromProto(proto.subject()));
  if (proto.has_optional_caveat()) {
    result.caveat = CaveatRef{proto.optional_caveat().caveat_name(),
                              FromProto(proto.optional_caveat().context())};
  }
  if (proto.has_optional_expires_at()) {
    result.expires_at =
        absl::FromUnixSeconds(proto.optional_expires_at().seconds()) +
        absl::Nanoseconds(proto.optional_expires_at().nanos());
  }
  return result;
}

ExpandTree FromProto(const v1::PermissionRelationshipTree& proto) {
  ExpandTree tree;
  tree.object = FromProto(proto.expanded_object());
  tree.relation = proto.expanded_relation();
  if (proto.has_intermediate()) {
    tree.kind = KindOf(proto.intermediate().operation());
    for (const auto& child : proto.intermediate().children()) {
      tree.children.push_back(FromProto(child));
    }
    return tree;
  }
  for (const auto& subject : proto.leaf().subjects()) {
    tree.subjects.push_back(FromProto(subject));
  }
  return tree;
}

CheckTrace FromProto(const v1::DebugInformation& proto) {
  CheckTrace trace;
  trace.check = StepOf(proto.check());
  trace.schema = proto.schema_used();
  const auto& duration = proto.check().duration();
  trace.duration =
      absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  return trace;
}

CheckAnswer AnswerOf(v1::CheckPermissionResponse::Permissionship permissionship,
                     const v1::PartialCaveatInfo& info) {
  CheckAnswer answer;
  if (permissionship ==
      v1::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION) {
    answer.permissionship = Permissionship::kHasPermission;
  } else if (permissionship == v1::CheckPermissionResponse::
                                   PERMISSIONSHIP_CONDITIONAL_PERMISSION) {
    answer.permissionship = Permissionship::kConditional;
    answer.missing_context.assign(info.missing_required_context().begin(),
                                  info.missing_required_context().end());
  }
  return answer;
}

}  // namespace kith::tool
