#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "caveat/caveat.h"
#include "engine/program.h"
#include "engine/value.h"
#include "kith/value.h"
#include "storage/types.h"

namespace kith::engine {

// A caveat of a stored relationship with its stored context, evaluated for one
// request: an atom of the value algebra. Numbered by the CaveatEvaluator that
// made it.
using AtomId = uint32_t;
inline constexpr AtomId kNoAtom = 0;  // no caveat, or not evaluated

// An atom that cannot be evaluated (its expression fails, or a value of the
// request does not convert) is kUnknown and keeps the error. An answer that is
// kTrue or kFalse whatever such an atom is stands; one that hangs on it is the
// error (support.h). So the order of evaluation never shows in an answer, and
// an error never becomes a decision.
struct Atom {
  Symbol caveat = storage::kNoSymbol;
  std::string stored_context;  // as the row has it
  Value value = Value::kUnknown;
  // For kUnknown without an error: parameters that would decide it, sorted.
  std::vector<std::string> missing;
  absl::Status error;
};

// Evaluates caveats of stored relationships for one request context; where both
// have a value for a parameter, the stored one counts. Each pair of caveat and
// stored context is evaluated once. Not thread-safe.
class CaveatEvaluator {
 public:
  // Both outlive it.
  CaveatEvaluator(const Programs& programs, const Struct& context)
      : programs_(programs), context_(context) {}
  CaveatEvaluator(const CaveatEvaluator&) = delete;
  CaveatEvaluator& operator=(const CaveatEvaluator&) = delete;

  // DATA_LOSS when the stored context does not parse. The caveat must be one
  // of the schema.
  absl::StatusOr<AtomId> Evaluate(Symbol caveat,
                                  std::string_view stored_context);

  const Atom& atom(AtomId id) const { return *atoms_[id - 1]; }
  const Programs& programs() const { return programs_; }
  const Struct& context() const { return context_; }

 private:
  using Key = std::pair<Symbol, std::string_view>;

  absl::StatusOr<caveat::Result> Result(const caveat::CompiledCaveat& caveat,
                                        Symbol name, const Struct& stored);

  const Programs& programs_;
  const Struct& context_;
  // Own what the keys view. Most evaluations have none.
  std::vector<std::unique_ptr<const Atom>> atoms_;
  absl::flat_hash_map<Key, AtomId> index_;
  // The request's context for each caveat, converted once.
  absl::flat_hash_map<Symbol, absl::StatusOr<caveat::Context>> given_;
};

}  // namespace kith::engine
