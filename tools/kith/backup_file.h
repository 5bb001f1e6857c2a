#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kith/v1/backup.pb.h"

// Backup files: eight bytes "kithbak\n", then blocks: kind:u8, size:u32, so
// many bytes of payload, sum:u64. Integers are big-endian. The payload is a
// message of proto/kith/v1/backup.proto. The sum is XXH3-64 of kind, size and
// payload, seeded with the sum of the block before (of the first: 0), so that
// no block can be changed, lost, added or moved. The first block is the header,
// the last the trailer, and nothing follows it.

namespace kith::tool {

inline constexpr uint32_t kBackupFormat = 1;

enum class BackupBlockKind : uint8_t {
  kHeader = 1,
  kRelationships = 2,
  kTrailer = 3,
};

// Where a file, or its part up to some block, ends.
struct BackupEnd {
  uint64_t bytes = 0;
  uint64_t sum = 0;            // of the last block
  uint64_t blocks = 0;         // of relationships
  uint64_t relationships = 0;  // in them
};

// Writes one file. Not thread-safe. Errors, as to be expected, name the block.
class BackupWriter {
 public:
  // Goes on behind `end` of a file that was cut off, at which `out` stands; by
  // default at the beginning. `out` outlives the writer.
  explicit BackupWriter(std::ostream& out, const BackupEnd& end = {})
      : out_(out), end_(end) {}

  absl::Status Write(const kith::v1::BackupHeader& header);
  absl::Status Write(const kith::v1::BackupRelationships& block);
  // Completes the file.
  absl::Status WriteTrailer();

  const BackupEnd& end() const { return end_; }

 private:
  absl::Status WriteBlock(BackupBlockKind kind, const std::string& payload);

  std::ostream& out_;
  BackupEnd end_;
};

// Reads one file, block by block, and trusts none of its bytes. DATA_LOSS, and
// then for good, for whatever a complete file does not have; the message begins
// with the number of the block and where it begins. Not thread-safe.
class BackupReader {
 public:
  explicit BackupReader(std::istream& in) : in_(in) {}

  // The first block; nothing else is read before.
  absl::StatusOr<kith::v1::BackupHeader> ReadHeader();
  // The next block of relationships; nullopt behind the last: then the trailer
  // was right and the file ended.
  absl::StatusOr<std::optional<kith::v1::BackupRelationships>> Next();

  // Of what was read so far. After an error: of the part before the bad block.
  const BackupEnd& end() const { return end_; }

 private:
  struct Block {
    BackupBlockKind kind;
    std::string payload;
  };

  absl::StatusOr<Block> ReadBlock();
  absl::Status CheckTrailer(const std::string& payload);
  absl::Status Damaged(std::string_view why);

  std::istream& in_;
  BackupEnd end_;
  uint64_t number_ = 0;  // of the block being read, from 1
  uint64_t begin_ = 0;   // where it begins
  absl::Status failed_;
};

}  // namespace kith::tool
