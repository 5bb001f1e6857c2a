#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/database.h"
#include "kith/trace.h"
#include "kith/values.h"
#include "schema/schema.h"
#include "storage/store.h"
#include "storage/types.h"

// What the layer above asks of the engine: answers at one revision.

namespace kith::engine {

class Programs;     // program.h
class ResultCache;  // result_cache.h
class RowCache;     // row_cache.h

// A schema with its names resolved to symbols and its permissions compiled to
// programs on first use. Immutable to its users; thread-safe.
class CompiledSchema {
 public:
  using SymbolOf =
      std::function<std::optional<storage::Symbol>(std::string_view)>;

  // Every definition, relation, permission and caveat name of `schema` must
  // have a symbol already; otherwise INTERNAL.
  static absl::StatusOr<std::shared_ptr<const CompiledSchema>> Make(
      std::shared_ptr<const schema::Schema> schema, const SymbolOf& symbol_of);
  ~CompiledSchema();

  const schema::Schema& schema() const { return *schema_; }
  // Of this one alone, in this process.
  uint64_t serial() const { return serial_; }
  Programs& programs() const { return *programs_; }

 private:
  CompiledSchema(std::shared_ptr<const schema::Schema> schema,
                 std::unique_ptr<Programs> programs);

  const std::shared_ptr<const schema::Schema> schema_;
  const std::unique_ptr<Programs> programs_;
  const uint64_t serial_;
};

// What one request evaluates against. The clock is read once, by the caller.
struct Evaluation {
  std::shared_ptr<const CompiledSchema> schema;
  storage::Snapshot* snapshot = nullptr;  // outlives the evaluation
  absl::Time now;
  // Of the snapshot's store; outlive the evaluation. Null: not used. The answer
  // is the same.
  RowCache* row_cache = nullptr;
  ResultCache* result_cache = nullptr;
  // When a check has read so many relationships of nests, these may be decided
  // from the subject's side, too (containers.h); 0: never.
  uint32_t both_sides_after = 64;
  uint32_t max_depth = 50;
  uint64_t max_edges = 1'000'000;
  uint64_t max_expand_nodes = 100'000;
  uint64_t max_trace_steps = 10'000;
  uint64_t max_lookup_edges = 10'000'000;
  uint64_t max_lookup_candidates = 1'000'000;
  uint64_t max_lookup_subjects = 20'000'000;
  // Once it is true a lookup ends CANCELLED soon. Outlives the evaluation.
  const std::atomic<bool>* cancelled = nullptr;
};

// Checks of one request. Checks of the same subject with the same context share
// everything they visit. One thread at a time.
//
// Errors: FAILED_PRECONDITION UNKNOWN_DEFINITION and
// UNKNOWN_RELATION_OR_PERMISSION for names the schema lacks (of resource and
// subject); INVALID_ARGUMENT WILDCARD_NOT_ALLOWED; MAXIMUM_DEPTH_EXCEEDED;
// FAILED_PRECONDITION for recursion through exclusion; RESOURCE_EXHAUSTED when
// max_edges are read (per check); INVALID_ARGUMENT CAVEAT_PARAMETER_TYPE_ERROR
// and CAVEAT_EVALUATION_ERROR when the answer hangs on a caveat that cannot be
// evaluated. An error leaves the batch usable.
//
// `trace`, unless null, is set beside an answer to why that is the answer; then
// RESOURCE_EXHAUSTED also beyond max_trace_steps (of the
// batch).
class CheckBatch {
 public:
  explicit CheckBatch(Evaluation evaluation);
  ~CheckBatch();

  absl::StatusOr<CheckAnswer> Check(const ObjectRef& resource,
                                    std::string_view permission,
                                    const SubjectRef& subject,
                                    const Struct& context = {},
                                    TraceStep* trace = nullptr);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// The tree of a permission of `resource`, one level deep. Errors as above, and
// RESOURCE_EXHAUSTED beyond max_expand_nodes.
absl::StatusOr<ExpandTree> Expand(const Evaluation& evaluation,
                                  const ObjectRef& resource,
                                  std::string_view permission);

}  // namespace kith::engine
