#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "caveat/eval/value.h"

// The syntax tree of an expression. The parser makes it with names as written;
// the binder replaces Identifier by what it names and fills in the functions
// of calls, and from then on the tree is immutable and is what runs.

namespace kith::caveat {

struct Expr;
struct Overload;
using ExprPtr = std::unique_ptr<Expr>;

struct Literal {
  CelValue value;
};

// A name not yet bound.
struct Identifier {
  std::string name;
  bool absolute = false;  // written `.name`: never a macro's variable
};

// A variable of the environment.
struct Variable {
  size_t slot;
};

// A macro's variable: its place on the stack of those in scope.
struct Local {
  size_t index;
};

// `operand.field`, or `has(operand.field)`.
struct Select {
  ExprPtr operand;
  std::string field;
  bool test_only = false;
};

// A function, or an operator under its symbol (`-x` negates, `[]` indexes).
struct Call {
  std::string function;
  bool member = false;  // the receiver is the first argument
  std::vector<ExprPtr> args;
  // Bound: those of this name and number of arguments; empty: unknown name.
  std::vector<const Overload*> overloads;
  // What the overload made of its constant argument; may be null.
  std::shared_ptr<const void> prepared;
};

// A chain of && or of ||, at least two.
struct Logic {
  bool is_and;
  std::vector<ExprPtr> terms;
};

struct Conditional {
  ExprPtr condition;
  ExprPtr then;
  ExprPtr otherwise;
};

struct ListLiteral {
  std::vector<ExprPtr> elements;
};

struct MapLiteral {
  std::vector<std::pair<ExprPtr, ExprPtr>> entries;
};

enum class MacroKind { kAll, kExists, kExistsOne, kMap, kFilter };

// `range.all(variable, predicate)` and its kin.
struct Macro {
  MacroKind kind;
  ExprPtr range;
  std::string variable;
  ExprPtr predicate;  // null: map with two arguments
  ExprPtr transform;  // of kMap only
};

struct Expr {
  std::variant<Literal, Identifier, Variable, Local, Select, Call, Logic,
               Conditional, ListLiteral, MapLiteral, Macro>
      node;
  size_t offset = 0;  // in the text, in bytes
  int height = 1;
};

}  // namespace kith::caveat
