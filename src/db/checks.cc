#include "db/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
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

// Says "no" to some that are valid, too. Cheap, and names nothing.
bool IsPlainlyValid(const ObjectRef& resource, std::string_view permission,
                    const SubjectRef& subject) {
  return IsTypeName(resource.type) && IsObjectId(resource.id) &&
         IsRelationName(permission) && IsTypeName(subject.object.type) &&
         IsObjectId(subject.object.id) &&
         (subject.relation.empty() || IsRelationName(subject.relation));
}

// Item is CheckRequest or CheckItem.
template <typename Item>
engine::ResultCache::Question QuestionOf(const Item& item, uint64_t schema,
                                         const Options& options) {
  return {.schema = schema,
          .max_depth = options.max_depth,
          .resource = item.resource,
          .permission = item.permission,
          .subject = item.subject};
}

// `answer` to `item`, or what is right when the caches misled it. `view` is of
// the revision and time of the answer.
template <typename Item>
CheckAnswer Compared(const Item& item, CheckAnswer answer, const View& view,
                     const Options& options) {
  engine::Evaluation plain = EvaluationOf(view, options);
  plain.row_cache = nullptr;
  plain.result_cache = nullptr;
  plain.both_sides_after = 0;
  return view.caches->Compare(
      QuestionOf(item, view.schema->compiled->serial(), options),
      view.snapshot->revision(), std::move(answer),
      engine::CheckBatch(std::move(plain))
          .Check(item.resource, item.permission, item.subject, item.context));
}

// Checks of one call, at one revision.
class Checks {
 public:
  // Both outlive it.
  Checks(const View& view, const Options& options, bool with_trace,
         uint64_t max_edges = 0)
      : view_(view),
        options_(options),
        with_trace_(with_trace),
        batch_(Limited(EvaluationOf(view, options), max_edges)) {}

  // Item is CheckRequest or CheckItem.
  template <typename Item>
  absl::StatusOr<CheckAnswer> Ask(const Item& item) {
    if (!with_trace_) {
      auto answer = batch_.Check(item.resource, item.permission, item.subject,
                                 item.context);
      if (!answer.ok() || !view_.caches->TakesSample()) return answer;
      return Compared(item, *std::move(answer), view_, options_);
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
  static engine::Evaluation Limited(engine::Evaluation evaluation,
                                    uint64_t max_edges) {
    if (max_edges != 0) {
      evaluation.max_edges = std::min(evaluation.max_edges, max_edges);
    }
    return evaluation;
  }

  const View& view_;
  const Options& options_;
  const bool with_trace_;
  engine::CheckBatch batch_;
};

absl::StatusOr<CheckAnswer> CheckItemOf(const CheckItem& item, size_t index,
                                        Checks* checks) {
  if (!IsPlainlyValid(item.resource, item.permission, item.subject)) {
    const std::string field = fmt::format("items[{}].", index);
    KITH_RETURN_IF_ERROR(CheckTarget(item.resource, item.permission, field));
    KITH_RETURN_IF_ERROR(
        ValidateSubject(item.subject, fmt::format("{}subject", field)));
  }
  return checks->Ask(item);
}

// The revision whose answer may be given without looking at the store, if the
// consistency allows that of the newest.
std::optional<storage::Revision> NewestAllowed(const Consistency& consistency,
                                               const Parts& parts) {
  if (consistency.mode == Consistency::Mode::kAtExactSnapshot) {
    return std::nullopt;
  }
  const storage::Revision head = parts.store->head();
  if (consistency.mode == Consistency::Mode::kAtLeastAsFresh) {
    const auto least = parts.tokens->Decode(consistency.token);
    if (!least.ok() || *least > head) return std::nullopt;
  }
  return head;
}

// The answer that is known already. nullopt: look, which is also what finds out
// that the request is refused. Takes no lock and reads nothing stored. The
// request need not be validated: see ResultCache.
std::optional<CheckResult> Remembered(const CheckRequest& request,
                                      const Parts& parts) {
  engine::ResultCache* const results = parts.caches->results();
  if (results == nullptr || request.with_trace) return std::nullopt;
  if (!request.context.empty() &&
      !CheckContext(request.context, parts.options).ok()) {
    return std::nullopt;
  }
  const auto revision = NewestAllowed(request.consistency, parts);
  if (!revision) return std::nullopt;
  const auto schema = parts.schemas->SerialAt(*revision);
  if (!schema) return std::nullopt;
  const absl::Time now = parts.clock->Now();
  const auto known =
      results->Find(QuestionOf(request, *schema, parts.options), *revision, now,
                    engine::ExactCache::Asks::kProbe);
  if (!known) return std::nullopt;
  CheckResult result;
  result.permissionship = *known;
  if (parts.caches->TakesSample()) {
    auto view = ViewAt(*revision, parts);
    if (view.ok()) {
      view->now = now;
      static_cast<CheckAnswer&>(result) =
          Compared(request, std::move(result), *view, parts.options);
    }
  }
  result.checked_at = parts.tokens->Encode(*revision);
  return result;
}

}  // namespace

absl::StatusOr<CheckResult> CheckOne(const CheckRequest& request,
                                     const Parts& parts) {
  if (auto known = Remembered(request, parts)) return *std::move(known);
  if (!IsPlainlyValid(request.resource, request.permission, request.subject)) {
    KITH_RETURN_IF_ERROR(CheckTarget(request.resource, request.permission, ""));
    KITH_RETURN_IF_ERROR(ValidateSubject(request.subject, "subject"));
  }
  KITH_RETURN_IF_ERROR(CheckContext(request.context, parts.options));
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  CheckResult result;
  KITH_ASSIGN_OR_RETURN(
      static_cast<CheckAnswer&>(result),
      Checks(view, parts.options, request.with_trace, request.max_edges)
          .Ask(request));
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
    result.answers.push_back(CheckItemOf(request.items[i], i, &checks));
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
