#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kith/value.h"
#include "property/random.h"

// Caveats as the generator makes them and the oracle evaluates them: a few
// forms of CEL whose truth is plain, evaluated here with nothing of the
// database.

namespace kith::property {

// Values as in the database; conditional is between the two.
enum class Truth : uint8_t { kFalse, kUnknown, kTrue };

struct ConditionParameter {
  std::string name;
  std::string type;  // int string bool list<int> map<int>
};

// Names of parameters, and literals as CEL has them.
struct Condition {
  enum class Kind {
    kFlag,     // left
    kCompare,  // left op right; `right` is a parameter or a literal
    kDivide,   // 6 / left == right; fails for 0
    kIndex,    // left[1] == right; fails beyond the end
    kKey,      // left['k'] == right; fails without the key
    kAnd,
    kOr,
    kNot,
  };
  Kind kind = Kind::kFlag;
  std::string left;
  std::string op;  // == != < >=
  std::string right;
  bool right_is_parameter = false;
  std::vector<Condition> operands;
};

struct CaveatDef {
  std::string name;
  std::vector<ConditionParameter> parameters;
  Condition condition;

  const ConditionParameter* FindParameter(std::string_view wanted) const;
};

// What a caveat is worth. An error is kUnknown, with `error` set and nothing
// missing.
struct ConditionValue {
  Truth truth = Truth::kFalse;
  bool error = false;
  std::set<std::string> missing;
};

// The definition in the schema language.
std::string CaveatText(const CaveatDef& caveat);

// `stored` counts where both have a value. A value that does not fit its
// parameter is an error, even where the condition has no need of it. What is
// missing is unknown: false && unknown is false, true || unknown is true; so
// it goes with errors, but an unknown beside an error is the unknown.
ConditionValue EvaluateCaveat(const CaveatDef& caveat, const Struct& stored,
                              const Struct& request);

// Whether every value of `context` for a parameter converts to its type.
bool Fits(const CaveatDef& caveat, const Struct& context);

// Caveats whose parameters are shared, mostly with one type.
std::vector<CaveatDef> MakeCaveats(Random* random);

// Another condition over the same parameters.
void ChangeCondition(CaveatDef* caveat, Random* random);

// A value for a parameter of `type`; now and then in another shape that
// converts to it.
Value MakeContextValue(const std::string& type, Random* random);
// A value that no parameter of `type` takes.
Value MakeWrongValue(const std::string& type, Random* random);

}  // namespace kith::property
