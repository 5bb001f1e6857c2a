#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "kith/database.h"
#include "property/oracle.h"

namespace kith::property {

struct Question {
  AtomName atom;
  SubjectRef subject;
  std::string ToString() const;
};

// The error that the depth limit was met, and not that of recursion through
// exclusion.
bool IsDepthError(const absl::Status& status);

bool IsRight(Permissionship answer, const Bounds& value);

// What is wrong with an answer to a check; nullopt when it is right.
//
// Right is the value of the unlimited solution. Where the solution has none
// the answer must be the error of recursion through exclusion; where only the
// depth limit hides it, that value or the error that the limit was met. An
// error where the limited solution has a value is wrong, a value that is not
// the solution's always.
std::optional<std::string> Complaint(
    const absl::StatusOr<Permissionship>& answer, const Question& question,
    const Solution& solution, uint32_t max_depth);

// The same of an expanded tree for one subject.
std::optional<std::string> TreeComplaint(const absl::StatusOr<ExpandTree>& tree,
                                         const Question& question,
                                         const Oracle& oracle,
                                         const Solution& solution,
                                         uint32_t max_depth);

absl::StatusOr<Permissionship> AskCheck(Database* db, const Question& question,
                                        const Consistency& consistency = {});
absl::StatusOr<ExpandTree> AskExpand(Database* db, const AtomName& atom);

}  // namespace kith::property
