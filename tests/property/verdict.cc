#include "property/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/status_macros.h"
#include "kith/errors.h"
#include "model/value_json.h"

namespace kith::property {
namespace {

bool HasReason(const absl::Status& status, ErrorReason reason) {
  const auto info = GetErrorInfo(status);
  return info && info->reason == reason;
}

bool IsOverLimit(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition &&
         HasReason(status, ErrorReason::kMaximumDepthExceeded);
}

std::string BoundsText(const Bounds& bounds) {
  if (!bounds.decided()) return "undecided";
  return bounds.lower == Truth::kTrue    ? "yes"
         : bounds.lower == Truth::kFalse ? "no"
                                         : "conditional";
}

// What is wrong with the names of a conditional answer that is right.
std::optional<std::string> MissingComplaint(
    const std::vector<std::string>& missing, const Support& support, bool all) {
  if (support.error && support.exact && all) {
    return "it hangs on a caveat that fails, which must be an error";
  }
  const std::set<std::string> named(missing.begin(), missing.end());
  const bool in_order =
      std::vector<std::string>(named.begin(), named.end()) == missing;
  const bool right =
      support.exact && all
          ? named == support.missing
          : !named.empty() &&
                std::includes(support.missing.begin(), support.missing.end(),
                              named.begin(), named.end());
  if (in_order && right) return std::nullopt;
  return fmt::format("it names [{}] as missing, expected [{}]",
                     fmt::join(missing, " "), fmt::join(support.missing, " "));
}

}  // namespace

// Both errors have the reason of the field's depth error; the text tells.
bool IsRecursionError(const absl::Status& status) {
  return IsOverLimit(status) &&
         std::string(status.message()).find("recursion through exclusion") !=
             std::string::npos;
}

bool IsDepthError(const absl::Status& status) {
  return IsOverLimit(status) && !IsRecursionError(status);
}

bool IsCaveatError(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInvalidArgument &&
         (HasReason(status, ErrorReason::kCaveatEvaluationError) ||
          HasReason(status, ErrorReason::kCaveatParameterTypeError));
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
  const Bounds value = solution.Get(atom);
  if (IsCaveatError(status)) {
    return value.decided() && value.lower == Truth::kUnknown &&
           solution.SupportOf(atom).error;
  }
  return IsRecursionError(status) && !value.decided();
}

Permissionship ToPermissionship(Truth truth) {
  return truth == Truth::kTrue    ? Permissionship::kHasPermission
         : truth == Truth::kFalse ? Permissionship::kNoPermission
                                  : Permissionship::kConditional;
}

bool IsRight(Permissionship answer, const Bounds& value) {
  return value.decided() && answer == ToPermissionship(value.lower);
}

bool SameAnswer(const Answer& a, const Answer& b) {
  if (a.ok() != b.ok()) return false;
  return a.ok() ? a->permissionship == b->permissionship &&
                      a->missing_context == b->missing_context
                : a.status().code() == b.status().code();
}

std::string AnswerText(const Answer& answer) {
  if (!answer.ok()) return answer.status().ToString();
  return answer->permissionship == Permissionship::kHasPermission ? "yes"
         : answer->permissionship == Permissionship::kNoPermission
             ? "no"
             : fmt::format("conditional on [{}]",
                           fmt::join(answer->missing_context, " "));
}

std::string Question::ToString() const {
  std::string text =
      Relationship(ObjectRef(atom.type, atom.id), atom.name, subject)
          .ToString();
  if (!context.empty()) text += " with " + ToJson(context);
  return text;
}

std::optional<std::string> Complaint(const Answer& answer,
                                     const Question& question,
                                     const Solution& solution,
                                     uint32_t max_depth, Names names) {
  const AtomName& atom = question.atom;
  const Bounds free = solution.Get(atom);
  std::string why;
  if (answer.ok() && IsRight(answer->permissionship, free)) {
    if (answer->permissionship != Permissionship::kConditional) {
      if (answer->missing_context.empty()) return std::nullopt;
      why = "it names missing context";
    } else if (names == Names::kAny) {
      if (!answer->missing_context.empty()) return std::nullopt;
      why = "it names nothing";
    } else {
      const bool all = !solution.Beyond(atom, max_depth, HopCount::kMost);
      const auto complaint = MissingComplaint(answer->missing_context,
                                              solution.SupportOf(atom), all);
      if (!complaint) return std::nullopt;
      why = *complaint;
    }
  } else if (!answer.ok() &&
             IsRightError(answer.status(), atom, solution, max_depth)) {
    return std::nullopt;
  }
  const Bounds within = solution.GetWithin(atom, max_depth);
  const bool beyond = solution.Beyond(atom, max_depth);
  return fmt::format(
      "check {}: answer {}; expected {}, within {} hops {}, {} beyond {}",
      question.ToString(), AnswerText(answer), BoundsText(free), max_depth,
      BoundsText(within), beyond ? "some" : "nothing", why);
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

Answer AskCheck(Database* db, const Question& question,
                const Consistency& consistency) {
  CheckRequest request;
  request.resource = ObjectRef(question.atom.type, question.atom.id);
  request.permission = question.atom.name;
  request.subject = question.subject;
  request.context = question.context;
  request.consistency = consistency;
  KITH_ASSIGN_OR_RETURN(CheckResult result, db->Check(request));
  return CheckAnswer(std::move(result));
}

absl::StatusOr<ExpandTree> AskExpand(Database* db, const AtomName& atom,
                                     const Consistency& consistency) {
  ExpandRequest request;
  request.resource = ObjectRef(atom.type, atom.id);
  request.permission = atom.name;
  request.consistency = consistency;
  KITH_ASSIGN_OR_RETURN(ExpandResult result, db->Expand(request));
  return std::move(result.tree);
}

}  // namespace kith::property
