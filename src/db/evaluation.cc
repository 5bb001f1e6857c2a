#include "db/evaluation.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/relationship_rows.h"
#include "model/validate.h"

namespace kith::db {

engine::Evaluation EvaluationOf(const View& view, const Options& options) {
  return {.schema = view.schema->compiled,
          .snapshot = view.snapshot.get(),
          .now = view.now,
          .row_cache = view.caches == nullptr ? nullptr : view.caches->rows(),
          .result_cache =
              view.caches == nullptr ? nullptr : view.caches->results(),
          .both_sides_after = options.both_sides_after,
          .max_depth = options.max_depth,
          .max_edges = options.max_check_edges,
          .max_expand_nodes = options.max_expand_nodes,
          .max_trace_steps = options.max_trace_steps,
          .max_lookup_edges = options.max_lookup_edges,
          .max_lookup_candidates = options.max_lookup_candidates,
          .max_lookup_subjects = options.max_lookup_subjects};
}

absl::Status CheckContext(const Struct& context, const Options& options) {
  KITH_RETURN_IF_ERROR(ValidateContext(context, "context"));
  const size_t bytes = ContextBytes(context).size();
  if (bytes <= options.max_request_context_bytes) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("request context has {} bytes, at most {} are allowed", bytes,
                  options.max_request_context_bytes));
}

}  // namespace kith::db
