#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kith/values.h"

// Much at once: loading relationships, reading all of them, counting them.

namespace kith {

enum class ImportMode : uint8_t {
  // Nothing that is imported may be there already, nor come twice.
  kCreate = 1,
  // Written whether or not it is there. Of what comes twice the last holds.
  kTouch = 2,
};

struct ImportRequest {
  ImportMode mode = ImportMode::kCreate;
  // What errors count from: the place of the first relationship in something
  // larger.
  uint64_t first_index = 0;
};
struct ImportResult {
  Token written_at;     // as WriteResult::written_at
  uint64_t loaded = 0;  // relationships given to Add
};

// Relationships gathered for one commit: all of them are written or none.
// Obtained from Database::NewImport, which it must not outlive. Destroyed
// without Commit it leaves nothing behind. Used by one thread at a time.
//
// An error is for good: after it every call gives the same one and nothing can
// be committed. A message about one relationship begins with its place in the
// import, "relationships[7]: ".
class Importer {
 public:
  virtual ~Importer() = default;

  // Takes relationships under the rules of Database::Write, as far as they can
  // be told now; the stored state, and what comes twice, is looked at by the
  // commit. RESOURCE_EXHAUSTED over Options::max_import_bytes in memory and
  // Options::max_import_file_bytes in temporary files.
  virtual absl::Status Add(std::vector<Relationship> relationships) = 0;

  // Ends the import. Commits it durably at one revision; other writes wait
  // meanwhile, reads do not: a large import, of more than 10,000
  // relationships, is written as sorted files, which takes seconds for a
  // million. `done` as of Database::WriteAsync. ALREADY_EXISTS
  // ATTEMPT_TO_RECREATE_RELATIONSHIP under kCreate for the first that is there
  // or came before in the import. What is written already as it stands is no
  // change.
  virtual void CommitAsync(
      std::function<void(absl::StatusOr<ImportResult>)> done) = 0;
  // The same, waiting.
  virtual absl::StatusOr<ImportResult> Commit() = 0;
};

struct ExportRequest {
  // Absent or empty: everything. What the schema lacks matches nothing.
  std::optional<RelationshipFilter> filter;
  Consistency consistency;
  // Relationships in the page; 0: Options::max_export_limit, which is also the
  // largest.
  uint32_t limit = 0;
  // Ends the page early when its message on the wire might be larger; one
  // relationship is always in it. 0: no limit.
  uint64_t max_bytes = 0;
  // Of an earlier page; empty: from the start. Its revision wins over
  // `consistency`; the filter must be the same, the limits need not.
  std::string cursor;
};
// A page of all relationships that have not expired, by the name of the
// resource's definition and within it in a stable order: by resource, unless a
// filter by subject makes another one shorter.
struct ExportPage {
  std::vector<Relationship> relationships;
  std::string cursor;  // goes on after the last; empty when there is none
  Token read_at;
  bool more = false;  // there is at least one beyond the last
};

struct CountResult {
  uint64_t count = 0;
  Token read_at;
};

}  // namespace kith
