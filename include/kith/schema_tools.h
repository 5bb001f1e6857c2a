#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

// A schema taken apart, compared, linted and put together from files. The
// language is described in schema/README.md. Everything here is plain data and
// pure functions: thread-safe, and without a database.

namespace kith {

// One way in which a relation may name subjects.
struct ReflectedSubject {
  std::string type;
  std::string relation;  // empty: the object itself
  bool wildcard = false;
  std::string caveat;       // empty: none
  bool expiration = false;  // must carry an expiry

  // As in a schema: `type#relation with caveat and expiration`.
  std::string ToString() const;
  friend bool operator==(const ReflectedSubject&,
                         const ReflectedSubject&) = default;
};

// Comments are those before a declaration, their delimiters included.
struct ReflectedRelation {
  std::string definition;
  std::string name;
  std::string comment;
  std::vector<ReflectedSubject> subjects;  // in the order written
};
struct ReflectedPermission {
  std::string definition;
  std::string name;
  std::string comment;
  std::string expression;  // with the fewest parentheses
};
struct ReflectedDefinition {
  std::string name;
  std::string comment;
  std::vector<ReflectedRelation> relations;      // in the order written
  std::vector<ReflectedPermission> permissions;  // in the order written
};
struct ReflectedParameter {
  std::string caveat;
  std::string name;
  std::string type;
};
struct ReflectedCaveat {
  std::string name;
  std::string comment;
  std::vector<ReflectedParameter> parameters;  // by name
  std::string expression;                      // CEL, trimmed
};
struct SchemaReflection {
  std::vector<ReflectedDefinition> definitions;  // by name
  std::vector<ReflectedCaveat> caveats;          // by name
};

// Selects what begins with its texts; an empty text selects everything of its
// kind. Of several filters each adds what it selects. With `caveat` only
// caveats are selected, with `definition` only definitions; `relation` or
// `permission` narrows a definition to such members.
struct SchemaFilter {
  std::string definition;
  std::string caveat;
  std::string relation;    // needs `definition`
  std::string permission;  // needs `definition`, excludes `relation`
};

// One step from an older schema to a newer one.
struct SchemaDifference {
  // The numbers are those of authzed.api.v1.ReflectionSchemaDiff.
  enum class Kind : uint8_t {
    kDefinitionAdded = 1,
    kDefinitionRemoved,
    kDefinitionCommentChanged,
    kRelationAdded,
    kRelationRemoved,
    kRelationCommentChanged,
    kRelationSubjectAdded,
    kRelationSubjectRemoved,
    kPermissionAdded,
    kPermissionRemoved,
    kPermissionCommentChanged,
    kPermissionExpressionChanged,
    kCaveatAdded,
    kCaveatRemoved,
    kCaveatCommentChanged,
    kCaveatExpressionChanged,
    kCaveatParameterAdded,
    kCaveatParameterRemoved,
    kCaveatParameterTypeChanged,
  };
  Kind kind = Kind::kDefinitionAdded;
  // What the kind says it is, as in the newer schema; as in the older one when
  // it was removed.
  std::variant<ReflectedDefinition, ReflectedRelation, ReflectedPermission,
               ReflectedCaveat, ReflectedParameter>
      subject;
  ReflectedSubject changed_subject;  // of the two kRelationSubject...
  // Of kCaveatParameterTypeChanged the older type, of the two
  // ...ExpressionChanged the older expression.
  std::string previous;

  // The name on the wire, e.g. "relation_subject_type_added".
  std::string_view KindName() const;
  // A line for people: `+ relation document#viewer: user`, with `+` for what is
  // new, `-` for what is gone and `~` for what changed.
  std::string ToString() const;
};

// A relation or permission of a definition.
struct RelationReference {
  std::string definition;
  std::string name;
  bool is_permission = false;
  friend bool operator==(const RelationReference&,
                         const RelationReference&) = default;
};

// Something in a valid schema that is likely a mistake. Lines and columns count
// from 1, columns in bytes; the end is just past the last byte.
struct SchemaWarning {
  std::string code;  // e.g. "permission-references-itself"
  std::string message;
  std::string file;  // of a schema composed from files; else empty
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t end_line = 0;
  uint32_t end_column = 0;
};

// Errors of these functions are those of Database::WriteSchema for a text that
// does not parse or type-check, with positions in the metadata.

// INVALID_ARGUMENT INVALID_FILTER when a filter contradicts itself.
absl::StatusOr<SchemaReflection> ReflectSchema(
    std::string_view text, const std::vector<SchemaFilter>& filters = {});

// What leads from one schema to the other, definitions by name, then caveats
// by name. Order and layout are no differences.
absl::StatusOr<std::vector<SchemaDifference>> DiffSchemas(
    std::string_view older, std::string_view newer);

// By position. A comment `kith-ignore-warning: CODE` before a declaration
// silences that code for it; before a definition, for all of it.
absl::StatusOr<std::vector<SchemaWarning>> LintSchema(std::string_view text);

// Reads a file by its path; fails when there is none.
using SchemaLoader =
    std::function<absl::StatusOr<std::string>(const std::string& path)>;

struct ComposedSchema {
  // One schema without imports and partials, in canonical format.
  std::string text;
  std::vector<std::string> files;       // paths as read; the first is the root
  std::vector<SchemaWarning> warnings;  // by file, then position
};

// Compiles `path` with everything it imports. An imported path is relative to
// the folder of the file that imports it; it must lie in that folder or below,
// so neither ".." nor "/" at the begin are allowed. A file that is imported
// more than once counts once. INVALID_ARGUMENT SCHEMA_PARSE_ERROR also for a
// file that imports itself through others, for a path that is not allowed and
// beyond 4 MiB, 1,000 files or 64 imports within each other; errors have the
// key `file` in their metadata, those of an import the key `import` too. Errors
// of `load` are passed on for the root and are parse errors at the import
// otherwise.
absl::StatusOr<ComposedSchema> ComposeSchema(const std::string& path,
                                             const SchemaLoader& load);

}  // namespace kith
