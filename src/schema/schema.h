#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/hash.h"

// The schema as everything above the schema language sees it: parsed, resolved
// and type-checked. schema/README.md is the language's reference.

namespace kith::caveat {
class CompiledCaveat;
}

namespace kith::schema {

// 1-based; columns count bytes.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};
struct Range {
  Position begin;
  Position end;  // just past the last byte
};

// The set operations of a permission.
struct Expression {
  enum class Kind : uint8_t {
    kNil,           // no one
    kSelf,          // the object itself, as a subject
    kName,          // a relation or permission of the same definition
    kArrow,         // name->target, also written name.any(target)
    kArrowAll,      // name.all(target)
    kUnion,         // two or more operands
    kIntersection,  // two or more operands
    kExclusion,     // exactly two: base, subtracted
  };
  Kind kind = Kind::kNil;
  std::string name;
  std::string target;
  std::vector<Expression> operands;
  Range range;
};

// One way in which a relation may name subjects.
struct AllowedSubject {
  std::string type;
  std::string relation;  // empty: the object itself, or with `wildcard` all
  bool wildcard = false;
  std::string caveat;       // empty: must carry none
  bool expiration = false;  // must carry an expiry (false: must not)
  Range range;

  // As written: `type#relation with caveat and expiration`.
  std::string ToString() const;
};

struct Relation {
  std::string name;
  std::string doc;  // comment lines before it, delimiters included
  std::vector<AllowedSubject> allowed;
  Range range;
};

struct Permission {
  std::string name;
  std::string doc;
  std::vector<std::string> annotated_types;  // `permission p: user | team = ..`
  Expression expression;
  Range range;
};

struct Definition {
  std::string name;
  std::string doc;
  std::vector<Relation> relations;      // in the order written
  std::vector<Permission> permissions;  // in the order written
  Range range;

  // nullptr when there is none of that name.
  const Relation* FindRelation(std::string_view relation) const;
  const Permission* FindPermission(std::string_view permission) const;
  bool Has(std::string_view name) const {
    return FindRelation(name) != nullptr || FindPermission(name) != nullptr;
  }
};

struct CaveatParameter {
  std::string name;
  std::string type;  // canonical: `int`, `list<string>`, ...
};

struct Caveat {
  std::string name;
  std::string doc;
  std::vector<CaveatParameter> parameters;
  std::string expression;  // the CEL text between the braces, trimmed
  Position expression_begin;
  Range range;
  // The expression ready to evaluate; set in every schema that Compile made.
  std::shared_ptr<const caveat::CompiledCaveat> compiled;
};

// Immutable once made; shared freely between threads.
class Schema {
 public:
  Schema(std::vector<std::string> uses, std::vector<Definition> definitions,
         std::vector<Caveat> caveats);
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // `use` flags in force, sorted.
  const std::vector<std::string>& uses() const { return uses_; }
  // In the order written; canonical text sorts by name.
  const std::vector<Definition>& definitions() const { return definitions_; }
  const std::vector<Caveat>& caveats() const { return caveats_; }

  // nullptr when there is none of that name.
  const Definition* FindDefinition(std::string_view name) const;
  const Caveat* FindCaveat(std::string_view name) const;

 private:
  friend absl::Status CheckCaveats(Schema* schema);

  std::vector<std::string> uses_;
  std::vector<Definition> definitions_;
  std::vector<Caveat> caveats_;
  absl::flat_hash_map<std::string, size_t, StringHash, std::equal_to<>>
      definition_index_;
};

// Parses and type-checks a schema. INVALID_ARGUMENT SCHEMA_PARSE_ERROR or
// FAILED_PRECONDITION SCHEMA_TYPE_ERROR with positions in the metadata
// (proto/README.md); messages carry line, column, the offending text and a
// hint. Empty text is the empty schema.
absl::StatusOr<std::shared_ptr<const Schema>> Compile(std::string_view text);

// Canonical text: `use` flags, then caveats and definitions sorted by name,
// tab-indented. Compile(Print(s)) equals s but for order and positions, and
// Print of it is the same text again.
std::string Print(const Schema& schema);

// Formats a schema as written: canonical layout, but the author's order of
// definitions, for editors and `kith schema format`.
absl::StatusOr<std::string> Format(std::string_view text);

}  // namespace kith::schema
