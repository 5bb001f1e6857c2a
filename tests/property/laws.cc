#include "property/laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace kith::property {
namespace {

bool OnlyDepthDiffers(const Answer& answer, const Asked& asked) {
  const bool hidden = IsDepthError(answer.status());
  if (hidden == IsDepthError(asked.answer.status())) return false;
  const Answer& known = hidden ? asked.answer : answer;
  if (known.ok()) return IsRight(known->permissionship, asked.value);
  return IsCaveatError(known.status()) &&
         IsRight(Permissionship::kConditional, asked.value);
}

bool OnlySupportDiffers(const Answer& answer, const Asked& asked) {
  const auto is_conditional = [](const Answer& one) {
    return one.ok() ? one->permissionship == Permissionship::kConditional
                    : IsCaveatError(one.status());
  };
  return !asked.exact && is_conditional(answer) && is_conditional(asked.answer);
}

std::string Contradiction(std::string_view what, const Question& question,
                          const Answer& answer, const Answer& before) {
  return fmt::format("{}: {} answers {}, before {}", what, question.ToString(),
                     AnswerText(answer), AnswerText(before));
}

// The type that every caveat with this parameter gives it; empty: they differ.
std::string TypeOf(const SchemaAst& schema, const std::string& parameter) {
  std::set<std::string> types;
  for (const CaveatDef& caveat : schema.caveats) {
    if (const auto* found = caveat.FindParameter(parameter)) {
      types.insert(found->type);
    }
  }
  return types.size() == 1 ? *types.begin() : "";
}

}  // namespace

std::optional<std::string> BulkComplaint(Database* db,
                                         const std::vector<Asked>& asked,
                                         const Consistency& consistency,
                                         Random* random, LawTally* tally) {
  std::vector<size_t> order;
  for (size_t i = 0; i < asked.size(); ++i) order.push_back(i);
  random->Shuffle(&order);
  BulkCheckRequest request;
  request.consistency = consistency;
  for (const size_t i : order) {
    const Question& question = asked[i].question;
    request.items.push_back({ObjectRef(question.atom.type, question.atom.id),
                             question.atom.name, question.subject,
                             question.context});
  }
  const auto result = db->CheckBulk(request);
  if (!result.ok()) return "bulk: " + result.status().ToString();
  if (result->answers.size() != order.size()) {
    return "bulk: wrong number of answers";
  }
  for (size_t k = 0; k < order.size(); ++k) {
    const Answer& answer = result->answers[k];
    const Asked& alone = asked[order[k]];
    ++tally->comparisons;
    if (SameAnswer(answer, alone.answer) || OnlySupportDiffers(answer, alone)) {
      continue;
    }
    if (OnlyDepthDiffers(answer, alone)) {
      ++tally->depth_differences;
      continue;
    }
    return Contradiction("bulk", alone.question, answer, alone.answer);
  }
  return std::nullopt;
}

std::optional<std::string> ContextComplaint(Database* db,
                                            const std::vector<Asked>& asked,
                                            const SchemaAst& schema,
                                            const std::vector<Struct>& contexts,
                                            LawTally* tally) {
  for (const Struct& context : contexts) {
    const auto fits = [&](const CaveatDef& caveat) {
      return Fits(caveat, context);
    };
    if (!std::all_of(schema.caveats.begin(), schema.caveats.end(), fits)) {
      continue;
    }
    for (const Asked& one : asked) {
      if (!one.question.context.empty() || !one.answer.ok() ||
          !one.answer->has_permission()) {
        continue;
      }
      Question question = one.question;
      question.context = context;
      const Answer answer = AskCheck(db, question);
      ++tally->comparisons;
      if (SameAnswer(answer, one.answer)) continue;
      // A caveat that is false now may have been on the only path that was
      // short enough.
      if (OnlyDepthDiffers(answer, one)) {
        ++tally->depth_differences;
        continue;
      }
      return Contradiction("with context", question, answer, one.answer);
    }
  }
  return std::nullopt;
}

std::optional<std::string> MissingComplaint(
    Database* db, const Asked& asked, const SchemaAst& schema,
    uint32_t max_depth,
    const std::function<Solution(const Struct& context)>& solve, Random* random,
    LawTally* tally) {
  Question question = asked.question;
  Answer answer = asked.answer;
  while (answer.ok() &&
         answer->permissionship == Permissionship::kConditional) {
    for (const std::string& name : answer->missing_context) {
      const std::string type = TypeOf(schema, name);
      if (type.empty()) return std::nullopt;
      // One that has a value is named again, so this ends after as many
      // rounds as there are parameters.
      if (!question.context.emplace(name, MakeContextValue(type, random))
               .second) {
        return fmt::format("check {}: '{}' has a value but is missing",
                           question.ToString(), name);
      }
    }
    answer = AskCheck(db, question);
    ++tally->comparisons;
    const Solution solution = solve(question.context);
    if (auto complaint = Complaint(answer, question, solution, max_depth)) {
      return complaint;
    }
  }
  return std::nullopt;
}

std::optional<std::string> CopyComplaint(
    Database* other, const std::vector<Asked>& asked,
    const std::function<std::string(const std::string&)>& rename,
    LawTally* tally) {
  for (const Asked& one : asked) {
    Question question = one.question;
    question.atom.id = rename(question.atom.id);
    question.subject.object.id = rename(question.subject.object.id);
    const Answer answer = AskCheck(other, question);
    ++tally->comparisons;
    if (SameAnswer(answer, one.answer) || OnlySupportDiffers(answer, one)) {
      continue;
    }
    // Which of the two sides of a nest is done first hangs on what others of
    // the same database asked before, and on the order of the names.
    if (OnlyDepthDiffers(answer, one)) {
      ++tally->depth_differences;
      continue;
    }
    return Contradiction("in a copy", question, answer, one.answer);
  }
  return std::nullopt;
}

}  // namespace kith::property
