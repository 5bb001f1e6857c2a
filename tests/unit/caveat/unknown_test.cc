#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "unit/caveat/outcome.h"

// Missing variables: what still has an answer, and which names are missing.

namespace kith::caveat {
namespace {

std::vector<Given> Variables() {
  const CelValue map =
      CelValue::Map({{CelValue::String("k"), CelValue::Int(1)}});
  return {
      {"a", "int", CelValue::Int(1)},
      {"f", "bool", CelValue::Bool(false)},
      {"t", "bool", CelValue::Bool(true)},
      {"l", "list<int>", CelValue::List({CelValue::Int(1), CelValue::Int(2)})},
      {"m", "map<int>", map},
      {"u", "bool", {}},
      {"v", "bool", {}},
      {"n", "int", {}},
      {"nl", "list<int>", {}},
      {"nm", "map<int>", {}},
      {"ns", "string", {}},
  };
}

struct Case {
  const char* expression;
  const char* outcome;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    EXPECT_EQ(Outcome(test.expression, Variables()), test.outcome)
        << test.expression;
  }
}

TEST(UnknownTest, AndNeedsAMissingVariableOnlyWhereNothingIsFalse) {
  ExpectAll({
      {"a == 42 && u", "false"},
      {"u && a == 42", "false"},
      {"a == 1 && u", "unknown(u)"},
      {"u && a == 1", "unknown(u)"},
      {"u && v", "unknown(u, v)"},
      {"v && u && u", "unknown(u, v)"},
      {"u && v && false", "false"},
      {"u && 1 / 0 == 1", "unknown(u)"},
      {"1 / 0 == 1 && u", "unknown(u)"},
      {"1 / 0 == 1 && u && f", "false"},
      {"1 / 0 == 1 && t", "error: division by zero"},
  });
}

TEST(UnknownTest, OrNeedsAMissingVariableOnlyWhereNothingIsTrue) {
  ExpectAll({
      {"a == 1 || u", "true"},
      {"u || a == 1", "true"},
      {"a == 42 || u", "unknown(u)"},
      {"u || v", "unknown(u, v)"},
      {"u || 1 / 0 == 1", "unknown(u)"},
      {"1 / 0 == 1 || u || t", "true"},
      {"1 / 0 == 1 || f", "error: division by zero"},
      {"!u", "unknown(u)"},
      {"!(u && f)", "true"},
      {"(u || f) && (v || t)", "unknown(u)"},
  });
}

TEST(UnknownTest, ConditionalNeedsTheBranchItTakes) {
  ExpectAll({
      {"t ? a : n", "1"},
      {"f ? a : n", "unknown(n)"},
      {"f ? n : a", "1"},
      {"u ? 1 : 2", "unknown(u)"},
      {"u ? 1 : 1", "unknown(u)"},
      {"1 / 0 == 1 ? n : a", "error: division by zero"},
  });
}

TEST(UnknownTest, EverythingElseNeedsAllItsParts) {
  ExpectAll({
      {"n + a", "unknown(n)"},
      {"n + 1 / 0", "error: division by zero"},
      {"1 / 0 + n", "error: division by zero"},
      {"n < 3 && ns == 'x'", "unknown(n, ns)"},
      {"n + nl[0]", "unknown(n, nl)"},
      {"[a, n]", "unknown(n)"},
      {"{'x': n, ns: 1}", "unknown(n, ns)"},
      {"n in l", "unknown(n)"},
      {"a in nl", "unknown(nl)"},
      {"nl[0]", "unknown(nl)"},
      {"l[n]", "unknown(n)"},
      {"nm.k", "unknown(nm)"},
      {"nm.k + nm.j", "unknown(nm)"},
      {"ns.startsWith('a')", "unknown(ns)"},
      {"ns.matches('a')", "unknown(ns)"},
      {"type(n) == int", "unknown(n)"},
      {"n == n", "unknown(n)"},
  });
}

TEST(UnknownTest, HasOfAMissingMapIsUnknown) {
  ExpectAll({
      {"has(m.k)", "true"},
      {"has(m.other)", "false"},
      {"has(nm.k)", "unknown(nm)"},
      {"m.other", "error: no such key: \"other\""},
      {"has(m.other) && m.other == 1", "false"},
  });
}

TEST(UnknownTest, MacrosOverMissingListsAndConditions) {
  ExpectAll({
      {"nl.all(e, e > 0)", "unknown(nl)"},
      {"nl.exists(e, true)", "unknown(nl)"},
      {"nl.map(e, e)", "unknown(nl)"},
      {"nl.exists_one(e, e == 1)", "unknown(nl)"},
      {"l.all(e, e > n)", "unknown(n)"},
      {"l.all(e, e > 1 && n > 0)", "false"},
      {"l.all(e, e < 2 || n > 0)", "unknown(n)"},
      {"l.exists(e, e > 1 || n > 0)", "true"},
      {"l.exists(e, e > 2 && u)", "false"},
      {"l.exists(e, e == n)", "unknown(n)"},
      {"l.exists_one(e, e == n)", "unknown(n)"},
      {"l.filter(e, e > n)", "unknown(n)"},
      {"l.filter(e, u || v)", "unknown(u, v)"},
      {"l.map(e, e + n)", "unknown(n)"},
      {"l.map(e, e > 5, e + n)", "[]"},
      {"l.map(e, u, e / 0)", "unknown(u)"},
      {"l.map(e, e == 1 ? n : 1 / 0)", "error: division by zero"},
      {"[].all(e, u)", "true"},
      {"[].exists(e, u)", "false"},
  });
}

TEST(UnknownTest, VariablesWithDotsAreOneName) {
  const std::vector<Given> given = {{"r.tier", "string", {}},
                                    {"r.level", "int", CelValue::Int(2)}};
  EXPECT_EQ(Outcome("r.tier == 'x' || r.level == 1", given), "unknown(r.tier)");
}

}  // namespace
}  // namespace kith::caveat
