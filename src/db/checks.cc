#include "db/checks.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/evaluation.h"
#include "engine/engine.h"
#include "model/validate.h"

namespace kith::db {
namespace {

// An empty permission has the shape of a name; the schema lacks it.
absl::Status CheckTarget(const ObjectRef& resource, std::string_view permission,
                         std::string_view field) {
  KITH_RETURN_IF_ERROR(
      ValidateResource(resource, fmt::format("{}resource", field)));
  if (permission.empty()) return absl::OkStatus();
  return ValidateRelationName(permission, fmt::format("{}permission", field));
}

// Checks of one call, at one revision.
class Checks {
 public:
  // `view` outlives it.
  Checks(const View& view, const Options& options, bool with_trace)
      : view_(view),
        with_trace_(with_trace),
        batch_(EvaluationOf(view, options)) {}

  // Item is CheckRequest or CheckItem.
  template <typename Item>
  absl::StatusOr<CheckAnswer> Ask(const Item& item) {
    if (!with_trace_) {
      return batch_.Check(item.resource, item.permission, item.subject,
                          item.context);
    }
    const auto begin = std::chrono::steady_clock::now();
    auto trace = std::make_shared<CheckTrace>();
    KITH_ASSIGN_OR_RETURN(
        CheckAnswer answer,
        batch_.Check(item.resource, item.permission, item.subject, item.context,
                     &trace->check));
    trace->schema = view_.schema->text;
    trace->duration =
        absl::FromChrono(std::chrono::steady_clock::now() - begin);
    answer.trace = std::move(trace);
    return answer;
  }

 private:
  const View& view_;
  const bool with_trace_;
  engine::CheckBatch batch_;
};

absl::StatusOr<CheckAnswer> CheckItemOf(const CheckItem& item,
                                        std::string_view field,
                                        Checks* checks) {
  KITH_RETURN_IF_ERROR(CheckTarget(item.resource, item.permission, field));
  KITH_RETURN_IF_ERROR(
      ValidateSubject(item.subject, fmt::format("{}subject", field)));
  return checks->Ask(item);
}

}  // namespace

absl::StatusOr<CheckResult> CheckOne(const CheckRequest& request,
                                     const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckTarget(request.resource, request.permission, ""));
  KITH_RETURN_IF_ERROR(ValidateSubject(request.subject, "subject"));
  KITH_RETURN_IF_ERROR(CheckContext(request.context, parts.options));
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  CheckResult result;
  KITH_ASSIGN_OR_RETURN(
      static_cast<CheckAnswer&>(result),
      Checks(view, parts.options, request.with_trace).Ask(request));
  result.checked_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

absl::StatusOr<BulkCheckResult> CheckMany(const BulkCheckRequest& request,
                                          const Parts& parts) {
  if (request.items.size() > parts.options.max_bulk_checks) {
    const std::string count = fmt::to_string(request.items.size());
    const std::string limit = fmt::to_string(parts.options.max_bulk_checks);
    return MakeError(
        absl::StatusCode::kInvalidArgument,
        ErrorReason::kTooManyChecksInRequest,
        fmt::format("{} checks, at most {} are allowed", count, limit),
        {{"check_count", count}, {"maximum_checks_allowed", limit}});
  }
  for (const CheckItem& item : request.items) {
    KITH_RETURN_IF_ERROR(CheckContext(item.context, parts.options));
  }
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  Checks checks(view, parts.options, request.with_trace);
  BulkCheckResult result;
  result.answers.reserve(request.items.size());
  for (size_t i = 0; i < request.items.size(); ++i) {
    result.answers.push_back(
        CheckItemOf(request.items[i], fmt::format("items[{}].", i), &checks));
  }
  result.checked_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

absl::StatusOr<ExpandResult> ExpandOne(const ExpandRequest& request,
                                       const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckTarget(request.resource, request.permission, ""));
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  ExpandResult result;
  KITH_ASSIGN_OR_RETURN(result.tree,
                        engine::Expand(EvaluationOf(view, parts.options),
                                       request.resource, request.permission));
  result.expanded_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

}  // namespace kith::db
