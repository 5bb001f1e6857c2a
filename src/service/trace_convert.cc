#include "service/trace_convert.h"

#include <fmt/format.h>

#include "service/convert.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

wire::CheckDebugTrace::Permissionship ResultOf(
    const std::optional<Permissionship>& in) {
  using Trace = wire::CheckDebugTrace;
  if (!in) return Trace::PERMISSIONSHIP_UNSPECIFIED;
  switch (*in) {
    case Permissionship::kNoPermission:
      return Trace::PERMISSIONSHIP_NO_PERMISSION;
    case Permissionship::kConditional:
      return Trace::PERMISSIONSHIP_CONDITIONAL_PERMISSION;
    case Permissionship::kHasPermission:
      return Trace::PERMISSIONSHIP_HAS_PERMISSION;
  }
  return Trace::PERMISSIONSHIP_UNSPECIFIED;
}

wire::CaveatEvalInfo::Result ResultOf(CaveatTrace::Result in) {
  using Info = wire::CaveatEvalInfo;
  switch (in) {
    case CaveatTrace::Result::kUnevaluated:
      return Info::RESULT_UNEVALUATED;
    case CaveatTrace::Result::kFalse:
      return Info::RESULT_FALSE;
    case CaveatTrace::Result::kTrue:
      return Info::RESULT_TRUE;
    case CaveatTrace::Result::kMissingContext:
      return Info::RESULT_MISSING_SOME_CONTEXT;
  }
  return Info::RESULT_UNSPECIFIED;
}

void PutCaveat(const CaveatTrace& in, wire::CaveatEvalInfo* out) {
  out->set_caveat_name(in.name);
  out->set_expression(in.expression);
  out->set_result(ResultOf(in.result));
  ToProto(in.context, out->mutable_context());
  for (const std::string& name : in.missing_context) {
    out->mutable_partial_caveat_info()->add_missing_required_context(name);
  }
}

// Traces are not deep: kMaxTraceLevels of the engine.
void PutStep(const TraceStep& in, wire::CheckDebugTrace* out) {
  ToProto(in.resource, out->mutable_resource());
  out->set_permission(in.permission);
  out->set_permission_type(
      in.is_relation ? wire::CheckDebugTrace::PERMISSION_TYPE_RELATION
                     : wire::CheckDebugTrace::PERMISSION_TYPE_PERMISSION);
  ToProto(in.subject, out->mutable_subject());
  out->set_result(ResultOf(in.permissionship));
  out->set_trace_operation_id(fmt::to_string(in.id));
  if (in.through) out->set_source(in.through->ToString());
  if (in.caveat) PutCaveat(*in.caveat, out->mutable_caveat_evaluation_info());
  if (in.steps.empty()) {
    out->set_was_cached_result(in.repeated);
    return;
  }
  for (const TraceStep& step : in.steps) {
    PutStep(step, out->mutable_sub_problems()->add_traces());
  }
}

}  // namespace

void ToProto(const CheckTrace& in, wire::DebugInformation* out) {
  out->set_schema_used(in.schema);
  PutStep(in.check, out->mutable_check());
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(in.duration);
  auto* duration = out->mutable_check()->mutable_duration();
  duration->set_seconds(nanoseconds / 1'000'000'000);
  duration->set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
}

}  // namespace kith::service
