#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/values.h"
#include "tools/kith/validation/question.h"

namespace kith::tool {

// A subject that a relation or permission is expected to have.
struct ExpectedSubject {
  // One subject taken out of a wildcard.
  struct Exclusion {
    SubjectRef subject;
    bool conditional = false;
  };
  SubjectRef subject;
  bool conditional = false;
  std::vector<Exclusion> exclusions;  // of a wildcard only
  // The relations that hold the subject directly; empty: not said.
  std::vector<std::pair<ObjectRef, std::string>> through;
  std::string text;
  int line = 0;
};

// `[subject] is <object#relation>/<...>`, `[subject[...]]` when conditional,
// `[user:* - {user:a, user:b[...]}]`; the part from "is" on may be absent.
// `line` and `text` of the result are not set.
absl::StatusOr<ExpectedSubject> ParseExpectedSubject(std::string_view text);

// A schema, relationships and what must follow from them: the validation file
// of the reference system, read with the line of everything in it. Lines count
// from 1; a line of 0 is the file as a whole.
struct ValidationFile {
  struct Problem {
    int line = 0;
    std::string message;
  };
  struct LocatedRelationship {
    Relationship relationship;
    int line = 0;
  };
  struct Assertion {
    Permissionship expected = Permissionship::kHasPermission;
    Question question;
    std::string text;
    int line = 0;
  };
  struct ExpectedRelation {
    ObjectRef resource;
    std::string permission;
    std::vector<ExpectedSubject> subjects;
    int line = 0;
  };

  std::string path;
  std::string schema;
  std::string schema_path;  // differs from `path` with `schemaFile`
  // By line of the schema, from 0: its line in `path`. Empty: its own.
  std::vector<int> schema_lines;
  std::vector<LocatedRelationship> relationships;
  std::vector<Assertion> assertions;
  std::vector<ExpectedRelation> expected_relations;
  // What could not be understood; the rest is as read.
  std::vector<Problem> problems;

  // The line of `schema_path` that holds line `line` of the schema.
  int LineOfSchema(int line) const;

  // `path` is for messages and for finding `schemaFile`. Fails when the text
  // is not YAML, with its position in the message.
  static absl::StatusOr<ValidationFile> Parse(const std::string& path,
                                              const std::string& text);
  static absl::StatusOr<ValidationFile> Load(const std::string& path);
};

}  // namespace kith::tool
