#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/schema_tools.h"
#include "tools/kith/output.h"
#include "tools/kith/validation/schema_files.h"

namespace kith::tool {

struct Tool;

// A schema as a verb is given it: a file, or "-" for standard input, with what
// it imports, compiled here.
struct SchemaSource {
  std::string path;
  std::string text;  // as written
  SchemaFiles files;
  // The flat schema and its warnings, or what is wrong with it.
  absl::StatusOr<ComposedSchema> composed = ComposedSchema();

  // What a server is to be given: the text as written when it imports nothing,
  // so that the server is the judge of it.
  const std::string& ToSend() const;
};

// Fails when the file cannot be read; `composed` says the rest.
absl::StatusOr<SchemaSource> ReadSchemaSource(Tool& tool,
                                              const std::string& path);

// The error of `source.composed` as `file:line:column: error: ...` with the
// line it is about.
std::string DrawError(const SchemaSource& source);
// Likewise each warning.
std::string DrawWarnings(const SchemaSource& source);
Json JsonOf(const std::vector<SchemaWarning>& warnings);

}  // namespace kith::tool
