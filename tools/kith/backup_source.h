#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tools/kith/backup_file.h"
#include "tools/kith/relationship_source.h"

namespace kith::tool {

// A backup file to read from: its header, then its relationships, whose "line"
// is their number from 1. Errors name the file. Not thread-safe.
class BackupSource final : public RelationshipSource {
 public:
  static absl::StatusOr<std::unique_ptr<BackupSource>> Open(std::string path);

  const kith::v1::BackupHeader& header() const { return header_; }
  // Of what was read so far.
  const BackupEnd& end() const { return reader_->end(); }

  absl::StatusOr<std::optional<LocatedRelationship>> Next() override;
  // Block by block, instead of Next.
  absl::StatusOr<std::optional<kith::v1::BackupRelationships>> NextBlock();
  void Rewind() override;

 private:
  explicit BackupSource(std::string path) : path_(std::move(path)) {}
  absl::Status Begin();

  const std::string path_;
  std::ifstream file_;
  std::optional<BackupReader> reader_;
  kith::v1::BackupHeader header_;
  kith::v1::BackupRelationships block_;
  int next_ = 0;    // in the block
  int number_ = 0;  // of the relationship given last
};

}  // namespace kith::tool
