#pragma once

#include <istream>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "kith/values.h"
#include "tools/kith/validation/validation_file.h"

namespace kith::tool {

using LocatedRelationship = ValidationFile::LocatedRelationship;

// Relationships one after another, each with its line. Not thread-safe.
class RelationshipSource {
 public:
  virtual ~RelationshipSource() = default;

  // nullopt at the end. INVALID_ARGUMENT for a line that is no relationship,
  // with its number in the message; the next call goes on behind it.
  virtual absl::StatusOr<std::optional<LocatedRelationship>> Next() = 0;
  // Starts again from the first; only when the stream below can seek.
  virtual void Rewind() = 0;
};

// Text: one relationship a line, blank lines and lines that begin with `//` or
// `#` are skipped. Holds one line at a time in memory.
std::unique_ptr<RelationshipSource> TextSource(
    std::unique_ptr<std::istream> stream);
// The same over a stream that the caller keeps; cannot rewind.
std::unique_ptr<RelationshipSource> StreamingTextSource(std::istream& stream);

// The relationships of a validation file, all in memory.
std::unique_ptr<RelationshipSource> FileSource(ValidationFile file);

}  // namespace kith::tool
