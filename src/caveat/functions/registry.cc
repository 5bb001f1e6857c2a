#include "caveat/functions/registry.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace kith::caveat {
namespace {

// The tables are ours: a row that does not parse is a mistake in them.
Type MustParse(std::string_view text) {
  std::optional<Type> type = ParseType(text);
  if (!type) std::abort();
  return *std::move(type);
}

std::vector<Type> ParseArgs(std::string_view text) {
  std::vector<Type> args;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    args.push_back(MustParse(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return args;
}

// One more than the highest.
int CountVariables(const Type& type) {
  int count = type.kind == Kind::kVariable ? type.variable + 1 : 0;
  for (const Type& parameter : type.parameters) {
    count = std::max(count, CountVariables(parameter));
  }
  return count;
}

}  // namespace

FunctionRegistry::FunctionRegistry() {
  Add(ArithmeticFunctions());
  Add(CollectionFunctions());
  Add(ConversionFunctions());
  Add(MathFunctions());
  Add(NetworkFunctions());
  Add(RelationFunctions());
  Add(StringFunctions());
  Add(TextFunctions());
  Add(TimeFunctions());
}

void FunctionRegistry::Add(std::span<const OverloadRow> rows) {
  for (const OverloadRow& row : rows) {
    const bool member = row.name[0] == '.';
    const std::string name(row.name.substr(member ? 1 : 0));
    Table& table = member ? members_ : functions_;
    Overload overload{.function = name,
                      .member = member,
                      .args = ParseArgs(row.args),
                      .result = MustParse(row.result),
                      .run = row.run,
                      .prepare = row.prepare};
    overload.variables = CountVariables(overload.result);
    for (const Type& arg : overload.args) {
      overload.variables = std::max(overload.variables, CountVariables(arg));
    }
    table[name].push_back(std::move(overload));
  }
}

const FunctionRegistry& FunctionRegistry::Get() {
  static const FunctionRegistry* const registry = new FunctionRegistry;
  return *registry;
}

std::span<const Overload> FunctionRegistry::Find(std::string_view name,
                                                 bool member) const {
  const Table& table = member ? members_ : functions_;
  const auto found = table.find(name);
  if (found == table.end()) return {};
  return found->second;
}

}  // namespace kith::caveat
