#include "property/verdict.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "kith/errors.h"

namespace kith::property {
namespace {

// Both errors have the reason of the field's depth error; the text tells.
bool IsRecursionError(const absl::Status& status) {
  return std::string(status.message()).find("recursion through exclusion") !=
         std::string::npos;
}

std::string BoundsText(const Bounds& bounds) {
  if (!bounds.decided()) return "undecided";
  return bounds.lower == Truth::kTrue ? "yes" : "no";
}

std::string AnswerText(const absl::StatusOr<Permissionship>& answer) {
  if (!answer.ok()) return answer.status().ToString();
  return *answer == Permissionship::kHasPermission  ? "yes"
         : *answer == Permissionship::kNoPermission ? "no"
                                                    : "conditional";
}

bool IsRightError(const absl::Status& status, const AtomName& atom,
                  const Solution& solution, uint32_t max_depth) {
  if (IsDepthError(status)) {
    for (const HopCount count : {HopCount::kFewest, HopCount::kMost}) {
      if (!solution.GetWithin(atom, max_depth, count).decided() &&
          solution.Beyond(atom, max_depth, count)) {
        return true;
      }
    }
    return false;
  }
  return IsRecursionError(status) && !solution.Get(atom).decided();
}

}  // namespace

bool IsDepthError(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return status.code() == absl::StatusCode::kFailedPrecondition && info &&
         info->reason == ErrorReason::kMaximumDepthExceeded &&
         !IsRecursionError(status);
}

bool IsRight(Permissionship answer, const Bounds& value) {
  return value.decided() && answer == (value.lower == Truth::kTrue
                                           ? Permissionship::kHasPermission
                                           : Permissionship::kNoPermission);
}

std::string Question::ToString() const {
  return Relationship(ObjectRef(atom.type, atom.id), atom.name, subject)
      .ToString();
}

std::optional<std::string> Complaint(
    const absl::StatusOr<Permissionship>& answer, const Question& question,
    const Solution& solution, uint32_t max_depth) {
  const Bounds free = solution.Get(question.atom);
  if (answer.ok() && IsRight(*answer, free)) return std::nullopt;
  if (!answer.ok() &&
      IsRightError(answer.status(), question.atom, solution, max_depth)) {
    return std::nullopt;
  }
  const Bounds within = solution.GetWithin(question.atom, max_depth);
  const bool beyond = solution.Beyond(question.atom, max_depth);
  return fmt::format(
      "check {}: answer {}; expected {}, within {} hops {}, {} beyond",
      question.ToString(), AnswerText(answer), BoundsText(free), max_depth,
      BoundsText(within), beyond ? "some" : "nothing");
}

std::optional<std::string> TreeComplaint(const absl::StatusOr<ExpandTree>& tree,
                                         const Question& question,
                                         const Oracle& oracle,
                                         const Solution& solution,
                                         uint32_t max_depth) {
  if (!tree.ok()) {
    const int height = oracle.ExpansionHeight(question.atom);
    const bool too_deep =
        height < 0 || static_cast<uint32_t>(height) > max_depth;
    const auto code = tree.status().code();
    if (code == absl::StatusCode::kResourceExhausted ||
        (too_deep && code == absl::StatusCode::kFailedPrecondition)) {
      return std::nullopt;
    }
    return fmt::format("expand {}: {}; expansion height {}",
                       question.ToString(), tree.status().ToString(), height);
  }
  const Bounds in_tree = Oracle::InTree(*tree, question.subject, solution);
  const Bounds expected = solution.Get(question.atom);
  if (in_tree == expected || !expected.decided()) return std::nullopt;
  return fmt::format("expand {}: the tree says {}, expected {}",
                     question.ToString(), BoundsText(in_tree),
                     BoundsText(expected));
}

absl::StatusOr<Permissionship> AskCheck(Database* db, const Question& question,
                                        const Consistency& consistency) {
  CheckRequest request;
  request.resource = ObjectRef(question.atom.type, question.atom.id);
  request.permission = question.atom.name;
  request.subject = question.subject;
  request.consistency = consistency;
  KITH_ASSIGN_OR_RETURN(CheckResult result, db->Check(request));
  return result.permissionship;
}

absl::StatusOr<ExpandTree> AskExpand(Database* db, const AtomName& atom) {
  ExpandRequest request;
  request.resource = ObjectRef(atom.type, atom.id);
  request.permission = atom.name;
  KITH_ASSIGN_OR_RETURN(ExpandResult result, db->Expand(request));
  return std::move(result.tree);
}

}  // namespace kith::property
