#include "storage/table_files.h"

#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/rocks_status.h"

namespace kith::storage {
namespace {

// As large as compactions make them.
constexpr uint64_t kFileBytes = 64 << 20;

}  // namespace

TableFiles::TableFiles(const Families* families, Family family,
                       std::string prefix)
    : families_(*families), family_(family), prefix_(std::move(prefix)) {}

TableFiles::~TableFiles() {
  writer_.reset();
  for (const std::string& path : paths_) {
    families_.db()->GetEnv()->DeleteFile(path).PermitUncheckedError();
  }
}

absl::Status TableFiles::Begin() {
  rocksdb::ColumnFamilyHandle* handle = families_.handle(family_);
  rocksdb::Options options = families_.db()->GetOptions(handle);
  if (loosely_) options.bottommost_compression = options.compression;
  writer_ = std::make_unique<rocksdb::SstFileWriter>(
      rocksdb::EnvOptions(), options, handle,
      /*invalidate_page_cache=*/false);
  paths_.push_back(fmt::format("{}{}-{}.sst", prefix_,
                               static_cast<int>(family_), paths_.size()));
  return FromRocks(writer_->Open(paths_.back()), "write a table file");
}

absl::Status TableFiles::Put(std::string_view key, std::string_view value) {
  if (writer_ == nullptr) KITH_RETURN_IF_ERROR(Begin());
  KITH_RETURN_IF_ERROR(FromRocks(writer_->Put(ToSlice(key), ToSlice(value)),
                                 "write a table file"));
  return writer_->FileSize() < kFileBytes ? absl::OkStatus() : Finish();
}

absl::Status TableFiles::Finish() {
  if (writer_ == nullptr) return absl::OkStatus();
  const absl::Status status =
      FromRocks(writer_->Finish(), "write a table file");
  writer_.reset();
  return status;
}

}  // namespace kith::storage
