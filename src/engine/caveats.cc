#include "engine/caveats.h"

#include <optional>

#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/value_json.h"

namespace kith::engine {
namespace {

absl::StatusOr<Struct> ParseStored(std::string_view stored_context) {
  if (stored_context.empty()) return Struct();
  absl::StatusOr<Struct> parsed = StructFromJson(stored_context);
  if (parsed.ok()) return parsed;
  return absl::DataLossError(
      fmt::format("a stored caveat context is damaged: {}",
                  std::string(parsed.status().message())));
}

Value ToValue(caveat::Truth truth) {
  switch (truth) {
    case caveat::Truth::kTrue:
      return Value::kTrue;
    case caveat::Truth::kUnknown:
      return Value::kUnknown;
    case caveat::Truth::kFalse:
      break;
  }
  return Value::kFalse;
}

}  // namespace

absl::StatusOr<AtomId> CaveatEvaluator::Evaluate(
    Symbol name, std::string_view stored_context) {
  const auto known = index_.find(Key(name, stored_context));
  if (known != index_.end()) return known->second;
  const caveat::CompiledCaveat* const caveat = programs_.FindCaveat(name);
  if (caveat == nullptr) {
    return absl::InternalError("the schema lacks a caveat that it allows");
  }
  KITH_ASSIGN_OR_RETURN(const Struct stored, ParseStored(stored_context));
  auto made = std::make_unique<Atom>();
  Atom& atom = *made;
  atom.caveat = name;
  atom.stored_context = stored_context;
  absl::StatusOr<caveat::Result> result = Result(*caveat, name, stored);
  if (result.ok()) {
    atom.value = ToValue(result->truth);
    atom.missing = std::move(result->missing);
  } else if (IsSeeded(SeededBug::kCaveatErrorIsNo)) {
    atom.value = Value::kFalse;
  } else {
    atom.error = result.status();
  }
  atoms_.push_back(std::move(made));
  const auto id = static_cast<AtomId>(atoms_.size());
  index_.emplace(Key(name, atom.stored_context), id);
  return id;
}

absl::StatusOr<caveat::Result> CaveatEvaluator::Result(
    const caveat::CompiledCaveat& caveat, Symbol name, const Struct& stored) {
  auto given = given_.find(name);
  if (given == given_.end()) {
    given = given_.emplace(name, caveat.ConvertContext(context_)).first;
  }
  KITH_ASSIGN_OR_RETURN(const caveat::Context fixed,
                        caveat.ConvertContext(stored));
  if (given->second.ok()) {
    return IsSeeded(SeededBug::kRequestContextWins)
               ? caveat.Evaluate(*given->second, fixed)
               : caveat.Evaluate(fixed, *given->second);
  }
  // A value of the request that does not convert is of no account where the
  // stored one counts.
  Struct rest = context_;
  std::erase_if(rest, [&stored](const auto& entry) {
    return stored.contains(entry.first);
  });
  KITH_ASSIGN_OR_RETURN(const caveat::Context converted,
                        caveat.ConvertContext(rest));
  return caveat.Evaluate(fixed, converted);
}

}  // namespace kith::engine
