#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "kith/schema_tools.h"

namespace kith::tool {

// A schema file and the files it imports. Imports are regular files of at most
// 4 MiB in the folder of the first file or below it, also after links were
// followed.
class SchemaFiles {
 public:
  // Compiles `text`, which was read from `path` ("-": imports are in the
  // current folder), with its imports. Errors are those of ComposeSchema.
  absl::StatusOr<ComposedSchema> Compose(const std::string& path,
                                         std::string text);

  // Of a file that was read; empty of others.
  const std::string& TextOf(const std::string& path) const;

  // Is `error` of Compose about imports, so that no one else may find the
  // first file's text alone to be in order?
  bool IsOfImports(const absl::Status& error) const;

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace kith::tool
