#include "service/check_service.h"

#include <fmt/format.h>

#include <utility>

#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/status.h"
#include "service/struct_convert.h"
#include "service/trace_convert.h"

namespace kith::service {
namespace {

// A bulk check of more items than this is long work.
constexpr int kShortBulkItems = 8;
// And so is a check that reads more relationships than this: with all caches
// cold, about half a millisecond, for which no other call is served.
constexpr uint64_t kShortCheckEdges = 256;

template <typename In>
bool WantsTrace(const In& in, bool by_header = false) {
  if constexpr (requires { in.with_tracing(); }) {
    return by_header || in.with_tracing();
  } else {
    return false;  // the older of the two bulk checks has no word for it
  }
}

template <typename Response>
void SetAnswer(const CheckAnswer& answer, Response* response) {
  response->set_permissionship(ToProto(answer.permissionship));
  if constexpr (requires { response->mutable_debug_trace(); }) {
    if (answer.trace) ToProto(*answer.trace, response->mutable_debug_trace());
  }
  if (answer.permissionship != Permissionship::kConditional) return;
  auto* info = response->mutable_partial_caveat_info();
  for (const std::string& name : answer.missing_context) {
    info->add_missing_required_context(name);
  }
}

// The place of a message in its request, for errors: texts are made for those
// alone.
struct Place {
  int item = -1;  // of a bulk check

  std::string Of(std::string_view field) const {
    return item < 0 ? std::string(field)
                    : fmt::format("items[{}].{}", item, field);
  }
};

// What a single check and an item of a bulk check have in common.
template <typename Message, typename Out>
absl::Status ReadItem(const Message& in, Place place, Out* out) {
  if (!in.has_resource()) return MissingValue(place.Of("resource"));
  if (!in.has_subject()) return MissingValue(place.Of("subject"));
  if (!in.subject().has_object()) {
    return MissingValue(place.Of("subject.object"));
  }
  KITH_ASSIGN_OR_RETURN(out->resource, ToObject(true, in.resource(), ""));
  out->permission = in.permission();
  KITH_ASSIGN_OR_RETURN(out->subject, ToSubject(true, in.subject(), ""));
  if (in.has_context()) {
    KITH_ASSIGN_OR_RETURN(out->context,
                          ToStruct(in.context(), place.Of("context")));
  }
  return absl::OkStatus();
}

absl::Status Check(Database* database, CallContext& context,
                   const wire::CheckPermissionRequest& in,
                   wire::CheckPermissionResponse* out) {
  CheckRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  KITH_RETURN_IF_ERROR(ReadItem(in, Place(), &request));
  request.with_trace = WantsTrace(in, context.wants_trace);
  context.operations = 1;
  if (context.must_be_short) request.max_edges = kShortCheckEdges;
  absl::StatusOr<CheckResult> result = database->Check(request);
  if (context.must_be_short && absl::IsResourceExhausted(result.status())) {
    context.turned_out_long = true;
  }
  if (!result.ok()) return result.status();
  out->mutable_checked_at()->set_token(std::move(result->checked_at));
  SetAnswer(*result, out);
  return absl::OkStatus();
}

template <typename In, typename Out>
absl::Status CheckBulk(Database* database, CallContext& context, In& in,
                       Out* out) {
  BulkCheckRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  request.items.resize(in.items_size());
  for (int i = 0; i < in.items_size(); ++i) {
    KITH_RETURN_IF_ERROR(ReadItem(in.items(i), Place{i}, &request.items[i]));
  }
  request.with_trace = WantsTrace(in, context.wants_trace);
  context.operations = in.items_size();
  KITH_ASSIGN_OR_RETURN(BulkCheckResult result, database->CheckBulk(request));
  out->mutable_checked_at()->set_token(std::move(result.checked_at));
  out->mutable_pairs()->Reserve(in.items_size());
  for (int i = 0; i < in.items_size(); ++i) {
    auto* pair = out->add_pairs();
    pair->mutable_request()->Swap(in.mutable_items(i));
    if (const auto& answer = result.answers[i]; answer.ok()) {
      SetAnswer(*answer, pair->mutable_item());
    } else {
      *pair->mutable_error() = ToRpcStatus(answer.status());
    }
  }
  return absl::OkStatus();
}

absl::Status Expand(Database* database, CallContext& context,
                    const wire::ExpandPermissionTreeRequest& in,
                    wire::ExpandPermissionTreeResponse* out) {
  ExpandRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  KITH_ASSIGN_OR_RETURN(request.resource,
                        ToObject(in.has_resource(), in.resource(), "resource"));
  request.permission = in.permission();
  context.operations = 1;
  KITH_ASSIGN_OR_RETURN(ExpandResult result, database->Expand(request));
  out->mutable_expanded_at()->set_token(std::move(result.expanded_at));
  ToProto(result.tree, out->mutable_tree_root());
  return absl::OkStatus();
}

// CheckBulkPermissions under one of its names.
template <typename In, typename Out>
void AddCheckBulk(Database* database, std::string name, MethodTable* methods) {
  methods->Unary<In, Out>(
      std::move(name),
      [database](auto& context, auto& in, auto* out) {
        return CheckBulk(database, context, in, out);
      },
      [](const auto& in) {
        return in.items_size() > kShortBulkItems || WantsTrace(in);
      });
}

}  // namespace

void AddCheckMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.PermissionsService/";
  methods->Unary<wire::CheckPermissionRequest, wire::CheckPermissionResponse>(
      service + "CheckPermission",
      [database](auto& context, const auto& in, auto* out) {
        return Check(database, context, in, out);
      },
      [](const auto& in) { return in.with_tracing(); });
  AddCheckBulk<wire::CheckBulkPermissionsRequest,
               wire::CheckBulkPermissionsResponse>(
      database, service + "CheckBulkPermissions", methods);
  AddCheckBulk<wire::BulkCheckPermissionRequest,
               wire::BulkCheckPermissionResponse>(
      database, "/authzed.api.v1.ExperimentalService/BulkCheckPermission",
      methods);
  methods->Unary<wire::ExpandPermissionTreeRequest,
                 wire::ExpandPermissionTreeResponse>(
      service + "ExpandPermissionTree",
      [database](auto& context, const auto& in, auto* out) {
        return Expand(database, context, in, out);
      },
      [](const auto&) { return true; });
}

}  // namespace kith::service
