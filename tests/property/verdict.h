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
  Struct context;
  std::string ToString() const;
};

using Answer = absl::StatusOr<CheckAnswer>;

// The error that the depth limit was met, and not that of recursion through
// exclusion.
bool IsDepthError(const absl::Status& status);
bool IsRecursionError(const absl::Status& status);
// A caveat fails, or a value of the context does not fit its parameter.
bool IsCaveatError(const absl::Status& status);

Permissionship ToPermissionship(Truth truth);
bool IsRight(Permissionship answer, const Bounds& value);
bool SameAnswer(const Answer& a, const Answer& b);
std::string AnswerText(const Answer& answer);

// Which of the missing parameters a conditional answer must name: exactly them,
// or any at all.
enum class Names { kAll, kAny };

// What is wrong with an answer to a check; nullopt when it is right.
//
// Right is the value of the unlimited solution. Where the solution has none
// the answer must be the error of recursion through exclusion; where only the
// depth limit hides it, that value or the error that the limit was met; where
// it hangs on a caveat that fails, that error. A conditional answer must name
// the parameters that it hangs on. An error where the limited solution has a
// value is wrong, a value that is not the solution's always.
std::optional<std::string> Complaint(const Answer& answer,
                                     const Question& question,
                                     const Solution& solution,
                                     uint32_t max_depth,
                                     Names names = Names::kAll);

// Whether the question alone may be answered with this error.
bool IsRightError(const absl::Status& status, const AtomName& atom,
                  const Solution& solution, uint32_t max_depth);

// Complaint of an expanded tree for one subject. The tree says nothing of
// caveats: `solution` is one without them.
std::optional<std::string> TreeComplaint(const absl::StatusOr<ExpandTree>& tree,
                                         const Question& question,
                                         const Oracle& oracle,
                                         const Solution& solution,
                                         uint32_t max_depth);

Answer AskCheck(Database* db, const Question& question,
                const Consistency& consistency = {});
absl::StatusOr<ExpandTree> AskExpand(Database* db, const AtomName& atom,
                                     const Consistency& consistency = {});

}  // namespace kith::property
