#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "caveat/eval/budget.h"
#include "caveat/eval/value.h"
#include "caveat/types/type.h"

namespace kith::caveat {

inline constexpr size_t kArgumentsMax = 4;

// One call while it runs: arguments are values (no unknowns, no errors) of the
// kinds that the overload asks for.
struct Invocation {
  std::span<const CelValue> args;
  Budget& budget;
  const void* prepared;  // see Overload::prepare; may be null

  const CelValue& operator[](size_t i) const { return args[i]; }
};

using Implementation = CelValue (*)(const Invocation&);
// Works out beforehand what depends on the second argument alone, when that
// is a literal. An error makes the expression an error at compile time.
using Preparation =
    absl::StatusOr<std::shared_ptr<const void>> (*)(const CelValue&);

// A signature of a function with its code. Costs beyond a step and a few
// machine words are charged to the budget before they are incurred.
struct Overload {
  std::string function;
  bool member = false;  // the receiver is the first argument
  std::vector<Type> args;
  Type result;
  int variables = 0;  // how many type variables there are in the signature
  Implementation run = nullptr;
  Preparation prepare = nullptr;
};

// How the tables of functions are written: `name` has a dot in front when it is
// a member, `args` are separated by semicolons, types are as for ParseType.
struct OverloadRow {
  std::string_view name;
  std::string_view args;
  std::string_view result;
  Implementation run;
  Preparation prepare = nullptr;
};

// All functions and operators there are. Immutable.
class FunctionRegistry {
 public:
  static const FunctionRegistry& Get();

  // Those of that name and kind, with any number of arguments.
  std::span<const Overload> Find(std::string_view name, bool member) const;

 private:
  FunctionRegistry();
  void Add(std::span<const OverloadRow> rows);

  using Table = absl::flat_hash_map<std::string, std::vector<Overload>,
                                    StringHash, std::equal_to<>>;
  Table functions_;
  Table members_;
};

// The tables, one for each subject.
std::span<const OverloadRow> ArithmeticFunctions();
std::span<const OverloadRow> CollectionFunctions();
std::span<const OverloadRow> ConversionFunctions();
std::span<const OverloadRow> MathFunctions();
std::span<const OverloadRow> NetworkFunctions();
std::span<const OverloadRow> RelationFunctions();
std::span<const OverloadRow> StringFunctions();
std::span<const OverloadRow> TextFunctions();
std::span<const OverloadRow> TimeFunctions();

}  // namespace kith::caveat
