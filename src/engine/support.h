#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/edges.h"
#include "engine/program.h"
#include "engine/resolve.h"

namespace kith::engine {

// What an evaluation found for an operation that is no leaf; nullopt where it
// did not need to know. It is asked for operands of operations that it found
// kUnknown, and knows those, or what they are made of.
using BoundsOf =
    absl::FunctionRef<std::optional<Bounds>(Pc pc, ObjectId object)>;

// What an answer of kUnknown hangs on: the parameters of caveats that are
// missing, sorted, each once. Follows the operands that are kUnknown
// themselves: with these names given, the answer is definite or hangs on other
// names. The error of an atom that it hangs on: then there is no answer.
//
// Costs a second reading of the relationships that are conditional, and of
// those beside them; RESOURCE_EXHAUSTED beyond the reader's budget.
absl::StatusOr<std::vector<std::string>> MissingContext(
    const SubjectPrograms& programs, EdgeReader* reader,
    const CaveatEvaluator& caveats, Pc pc, ObjectId object, BoundsOf bounds_of);

}  // namespace kith::engine
