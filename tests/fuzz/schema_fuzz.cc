// The input is a schema text. What compiles prints as a text that compiles to
// the same schema and prints the same again; what parses is formatted once and
// for all, without a change of meaning.

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/expect.h"
#include "kith/errors.h"
#include "schema/schema.h"

namespace kith::fuzz {
namespace {

using schema::Caveat;
using schema::Definition;
using schema::Expression;
using schema::Permission;
using schema::Relation;
using schema::Schema;

bool Same(const Expression& a, const Expression& b) {
  return a.kind == b.kind && a.name == b.name && a.target == b.target &&
         std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(),
                    b.operands.end(), Same);
}

bool Same(const Relation& a, const Relation& b) {
  return a.name == b.name && a.doc == b.doc &&
         std::equal(a.allowed.begin(), a.allowed.end(), b.allowed.begin(),
                    b.allowed.end(), [](const auto& x, const auto& y) {
                      return x.ToString() == y.ToString();
                    });
}

bool Same(const Permission& a, const Permission& b) {
  return a.name == b.name && a.doc == b.doc &&
         a.annotated_types == b.annotated_types &&
         Same(a.expression, b.expression);
}

template <typename T>
bool SameList(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return Same(x, y); });
}

bool Same(const Definition& a, const Definition& b) {
  return a.name == b.name && a.doc == b.doc &&
         SameList(a.relations, b.relations) &&
         SameList(a.permissions, b.permissions);
}

bool Same(const Caveat& a, const Caveat& b) {
  return a.name == b.name && a.doc == b.doc && a.expression == b.expression &&
         std::equal(a.parameters.begin(), a.parameters.end(),
                    b.parameters.begin(), b.parameters.end(),
                    [](const auto& x, const auto& y) {
                      return x.name == y.name && x.type == y.type;
                    });
}

// But for the order of definitions and of caveats.
bool Same(const Schema& a, const Schema& b) {
  if (a.uses() != b.uses() || a.caveats().size() != b.caveats().size() ||
      a.definitions().size() != b.definitions().size()) {
    return false;
  }
  return std::all_of(a.definitions().begin(), a.definitions().end(),
                     [&](const Definition& one) {
                       const auto* other = b.FindDefinition(one.name);
                       return other != nullptr && Same(one, *other);
                     }) &&
         std::all_of(a.caveats().begin(), a.caveats().end(),
                     [&](const Caveat& one) {
                       const auto* other = b.FindCaveat(one.name);
                       return other != nullptr && Same(one, *other);
                     });
}

void CheckPrinter(const Schema& schema) {
  const std::string printed = schema::Print(schema);
  const auto again = schema::Compile(printed);
  Expect(again.ok(), "what is printed compiles",
         printed + again.status().ToString());
  Expect(Same(schema, **again), "what is printed is the same schema", printed);
  Expect(schema::Print(**again) == printed, "printing settles at once",
         printed + "\n---\n" + schema::Print(**again));
}

// `schema` is what `text` compiles to; null when it does not.
void CheckFormatter(std::string_view text, const Schema* schema) {
  const auto formatted = schema::Format(text);
  if (!formatted.ok()) {
    ExpectRefusal(formatted.status());
    Expect(schema == nullptr, "what compiles can be formatted",
           formatted.status().ToString());
    return;
  }
  const auto again = schema::Format(*formatted);
  Expect(again.ok(), "what is formatted can be formatted",
         *formatted + again.status().ToString());
  Expect(*again == *formatted, "formatting settles at once",
         *formatted + "\n---\n" + *again);
  const auto compiled = schema::Compile(*formatted);
  Expect(compiled.ok() == (schema != nullptr),
         "formatting does not change whether a schema compiles",
         *formatted + compiled.status().ToString());
  if (schema == nullptr) return;
  Expect(Same(*schema, **compiled), "formatting keeps the schema", *formatted);
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  const std::string_view text = AsText(data, size);
  const auto schema = kith::schema::Compile(text);
  if (schema.ok()) {
    CheckPrinter(**schema);
    CheckFormatter(text, schema->get());
  } else {
    ExpectRefusal(schema.status());
    Expect(kith::GetErrorInfo(schema.status()).has_value(),
           "a refused schema has a reason", schema.status().ToString());
    CheckFormatter(text, nullptr);
  }
  return 0;
}
