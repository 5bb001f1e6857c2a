#include "tools/kith/backup_source.h"

#include <cerrno>
#include <cstring>

#include "base/status_macros.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"

namespace kith::tool {

absl::StatusOr<std::unique_ptr<BackupSource>> BackupSource::Open(
    std::string path) {
  std::unique_ptr<BackupSource> source(new BackupSource(std::move(path)));
  source->file_.open(source->path_, std::ios::binary);
  if (!source->file_) return CannotRead(source->path_, std::strerror(errno));
  KITH_RETURN_IF_ERROR(source->Begin());
  return source;
}

absl::Status BackupSource::Begin() {
  reader_.emplace(file_);
  block_.Clear();
  next_ = 0;
  number_ = 0;
  auto header = reader_->ReadHeader();
  if (!header.ok()) {
    return DamagedFile(path_, std::string(header.status().message()));
  }
  header_ = *std::move(header);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<kith::v1::BackupRelationships>>
BackupSource::NextBlock() {
  auto block = reader_->Next();
  if (!block.ok()) {
    return DamagedFile(path_, std::string(block.status().message()));
  }
  return block;
}

absl::StatusOr<std::optional<LocatedRelationship>> BackupSource::Next() {
  while (next_ == block_.relationships_size()) {
    KITH_ASSIGN_OR_RETURN(auto block, NextBlock());
    if (!block.has_value()) return std::nullopt;
    block_ = *std::move(block);
    next_ = 0;
  }
  return LocatedRelationship{FromProto(block_.relationships(next_++)),
                             ++number_};
}

void BackupSource::Rewind() {
  file_.clear();
  file_.seekg(0);
  // The header was read once; if it cannot be any more, Next says so.
  Begin().IgnoreError();
}

}  // namespace kith::tool
