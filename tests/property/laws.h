#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "property/random.h"
#include "property/verdict.h"

// What answers have to do with each other, whatever is right: relations that
// need no oracle. Each function gives what is wrong, or nullopt.

namespace kith::property {

// A question that was asked, and what the database said.
struct Asked {
  Question question;
  Answer answer;
  Bounds value;  // of the oracle
  // False: on the way of a conditional answer an exclusion depends on itself
  // (Support::exact) or the depth limit hides something, and which parameters
  // it names may depend on what else is known.
  bool exact = true;
};

// What the laws have seen.
struct LawTally {
  uint64_t comparisons = 0;
  uint64_t depth_differences = 0;  // see BulkComplaint
};

// All in one request, in a random order, answer as each does alone. Items of
// one request share what they find out, so one of them may know the right
// answer, or that a caveat fails, where the question alone meets the depth
// limit; this is counted. So may what a conditional answer hangs on, where it
// is not exact.
std::optional<std::string> BulkComplaint(Database* db,
                                         const std::vector<Asked>& asked,
                                         const Consistency& consistency,
                                         Random* random, LawTally* tally);

// Who has a permission without context has it with any whose values fit the
// parameters.
std::optional<std::string> ContextComplaint(Database* db,
                                            const std::vector<Asked>& asked,
                                            const SchemaAst& schema,
                                            const std::vector<Struct>& contexts,
                                            LawTally* tally);

// A conditional answer names parameters that have no value, and once those
// have values it is definite or names others, until none is left. `solve`
// makes the solution of the subject for a context.
std::optional<std::string> MissingComplaint(
    Database* db, const Asked& asked, const SchemaAst& schema,
    uint32_t max_depth,
    const std::function<Solution(const Struct& context)>& solve, Random* random,
    LawTally* tally);

// The same questions asked of `other`, with `rename` applied to each id, are
// answered alike.
std::optional<std::string> CopyComplaint(
    Database* other, const std::vector<Asked>& asked,
    const std::function<std::string(const std::string&)>& rename,
    LawTally* tally);

}  // namespace kith::property
