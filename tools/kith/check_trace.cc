#include "tools/kith/check_trace.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/value_json.h"
#include "schema/schema.h"
#include "tools/kith/tree_pens.h"
#include "tools/kith/validation/subjects.h"

namespace kith::tool {
namespace {

// Steps drawn below one step, and in all.
constexpr size_t kMaxBelow = 10;
constexpr size_t kMaxSteps = 100;
// Of a context or an expression.
constexpr size_t kMaxTextBytes = 100;

std::string_view AnswerName(const TraceStep& step) {
  return step.permissionship ? PermissionshipName(*step.permissionship)
                             : "undecided";
}

bool Is(const TraceStep& step, Permissionship answer) {
  return step.permissionship == answer;
}

std::string_view ResultName(CaveatTrace::Result result) {
  switch (result) {
    case CaveatTrace::Result::kFalse:
      return "false";
    case CaveatTrace::Result::kTrue:
      return "true";
    case CaveatTrace::Result::kMissingContext:
      return "missing_context";
    case CaveatTrace::Result::kUnevaluated:
      break;
  }
  return "unevaluated";
}

// A relationship that answers by itself, not a question.
bool IsRelationship(const TraceStep& step) {
  return step.through && step.through->resource == step.resource &&
         step.through->relation == step.permission &&
         step.through->subject == step.subject;
}

std::string NameOf(const TraceStep& step) {
  return fmt::format("{}#{}", step.resource.ToString(), step.permission);
}

std::string Shortened(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  if (text.size() <= kMaxTextBytes) return text;
  size_t end = kMaxTextBytes;
  // Never within a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end) + "...";
}

// What a caveat said: `at_work(hour < 18) is false on {"hour":20}`.
std::string Describe(const CaveatTrace& caveat) {
  std::string text = caveat.name;
  if (!caveat.expression.empty()) {
    text += fmt::format(" ({})", Shortened(caveat.expression));
  }
  switch (caveat.result) {
    case CaveatTrace::Result::kTrue:
      text += " is true";
      break;
    case CaveatTrace::Result::kFalse:
      text += " is false";
      break;
    case CaveatTrace::Result::kMissingContext:
      text += fmt::format(" needs {}", fmt::join(caveat.missing_context, ", "));
      break;
    case CaveatTrace::Result::kUnevaluated:
      text += " cannot be evaluated";
      break;
  }
  if (!caveat.context.empty()) {
    text += " on " + Shortened(ToJson(caveat.context));
  }
  return text;
}

// The expressions of permissions, as the schema's text has them.
class Expressions {
 public:
  explicit Expressions(const std::string& schema_text) : text_(schema_text) {
    size_t begin = 0;
    while (begin <= text_.size()) {
      lines_.push_back(begin);
      const size_t end = text_.find('\n', begin);
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    auto compiled = schema::Compile(text_);
    if (compiled.ok()) schema_ = *std::move(compiled);
  }

  // Empty: the step is no permission, or the schema is not known.
  std::string Of(const TraceStep& step) const {
    if (schema_ == nullptr || step.is_relation) return {};
    const auto* definition = schema_->FindDefinition(step.resource.type);
    if (definition == nullptr) return {};
    const auto* permission = definition->FindPermission(step.permission);
    if (permission == nullptr) return {};
    const schema::Range& range = permission->expression.range;
    const size_t begin = OffsetOf(range.begin);
    const size_t end = OffsetOf(range.end);
    if (begin >= end) return {};
    return Shortened(std::string(text_.substr(begin, end - begin)));
  }

 private:
  size_t OffsetOf(const schema::Position& at) const {
    if (at.line == 0 || at.line > lines_.size()) return text_.size();
    return std::min(lines_[at.line - 1] + at.column - 1, text_.size());
  }

  const std::string_view text_;
  std::vector<size_t> lines_;  // where they begin
  std::shared_ptr<const schema::Schema> schema_;
};

// Traces are at most as deep as a message can be, so recursion is safe.
class Drawing {
 public:
  Drawing(const TreePens& pens, const Expressions& expressions)
      : pens_(pens), expressions_(expressions) {}

  void Step(const TraceStep& step, const std::string& indent) {
    ++drawn_;
    const bool relationship = IsRelationship(step);
    text_ +=
        fmt::format("{} {}", AnswerName(step),
                    relationship ? step.through->ToString() : NameOf(step));
    if (const auto expression = expressions_.Of(step); !expression.empty()) {
      text_ += " = " + expression;
    }
    if (step.repeated) text_ += " (as above)";
    text_ += '\n';
    const std::string below =
        indent + std::string(step.steps.empty() ? pens_.blank : pens_.pass);
    if (step.through && !relationship) {
      text_ += fmt::format("{}by {}\n", below, step.through->ToString());
    }
    if (step.caveat) {
      text_ += fmt::format("{}{}\n", below, Describe(*step.caveat));
    }
    Below(step, indent);
  }

  std::string Take() { return std::move(text_); }

 private:
  void Below(const TraceStep& step, const std::string& indent) {
    const size_t room = kMaxSteps > drawn_ ? kMaxSteps - drawn_ : 0;
    const size_t shown = std::min({step.steps.size(), kMaxBelow, room});
    const size_t left = step.steps.size() - shown;
    for (size_t i = 0; i < shown; ++i) {
      const bool last = i + 1 == shown && left == 0;
      text_ += indent;
      text_ += last ? pens_.last : pens_.branch;
      Step(step.steps[i],
           indent + std::string(last ? pens_.blank : pens_.pass));
    }
    if (left > 0) {
      text_ += fmt::format("{}{}{} more (--json shows all)\n", indent,
                           pens_.last, left);
    }
  }

  const TreePens& pens_;
  const Expressions& expressions_;
  std::string text_;
  size_t drawn_ = 0;
};

// What stands between a step that says no and a yes; empty: more than one
// thing does.
std::string NearMissOf(const TraceStep& step) {
  if (step.caveat && step.caveat->result == CaveatTrace::Result::kFalse &&
      (IsRelationship(step) || Is(step, Permissionship::kHasPermission))) {
    return fmt::format("only the caveat of {} stands in the way",
                       step.through->ToString());
  }
  if (!Is(step, Permissionship::kNoPermission) || step.is_relation) return {};
  std::vector<std::string> has;
  std::vector<std::string> lacks;
  for (const TraceStep& part : step.steps) {
    if (Is(part, Permissionship::kHasPermission)) {
      has.push_back(part.through ? NameOf(part) : part.permission);
    } else if (!part.through) {  // else one of perhaps many
      lacks.push_back(part.permission);
    }
  }
  if (has.empty()) return {};
  if (!lacks.empty()) {
    return fmt::format("{} has {} and lacks {}", NameOf(step),
                       fmt::join(has, ", "), fmt::join(lacks, ", "));
  }
  if (has.size() < 2) return {};
  const std::string taken = has.back();
  has.pop_back();
  return fmt::format("{} has {}, and {} takes it away", NameOf(step),
                     fmt::join(has, ", "), taken);
}

// The near miss that is the fewest steps away from the question.
std::string Closest(const TraceStep& root) {
  std::deque<const TraceStep*> todo = {&root};
  while (!todo.empty()) {
    const TraceStep& step = *todo.front();
    todo.pop_front();
    if (std::string miss = NearMissOf(step); !miss.empty()) return miss;
    for (const TraceStep& next : step.steps) todo.push_back(&next);
  }
  return {};
}

}  // namespace

std::string DrawTrace(const CheckTrace& trace, bool unicode) {
  const Expressions expressions(trace.schema);
  Drawing drawing(unicode ? kUnicodePens : kAsciiPens, expressions);
  drawing.Step(trace.check, "");
  std::string text = drawing.Take();
  if (!Is(trace.check, Permissionship::kNoPermission)) return text;
  if (const auto miss = Closest(trace.check); !miss.empty()) {
    text += fmt::format("closest: {}\n", miss);
  }
  return text;
}

Json JsonOf(const TraceStep& step) {
  Json json = {
      {"resource", JsonOf(step.resource)},  {"permission", step.permission},
      {"is_relation", step.is_relation},    {"subject", JsonOf(step.subject)},
      {"permissionship", AnswerName(step)}, {"id", step.id}};
  if (step.through) json["through"] = JsonOf(*step.through);
  if (step.caveat) {
    const CaveatTrace& caveat = *step.caveat;
    json["caveat"] = {{"name", caveat.name},
                      {"expression", caveat.expression},
                      {"context", JsonOf(caveat.context)},
                      {"result", ResultName(caveat.result)},
                      {"missing_context", caveat.missing_context}};
  }
  if (step.repeated) json["repeated"] = true;
  json["steps"] = Json::array();
  for (const TraceStep& next : step.steps)
    json["steps"].push_back(JsonOf(next));
  return json;
}

}  // namespace kith::tool
