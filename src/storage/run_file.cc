#include "storage/run_file.h"

#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/rocks_status.h"

// The file is a sequence of blocks: size:u32 of the body and hash:u64 of it,
// then the body, which is whole rows. A row: place:u64, and key and value with
// their lengths before them. A block of no size is the end.

namespace kith::storage {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
constexpr size_t kHeadBytes = sizeof(uint32_t) + sizeof(uint64_t);

class Cursor final : public RowCursor {
 public:
  Cursor(std::string path, std::unique_ptr<rocksdb::SequentialFile> file)
      : path_(std::move(path)), file_(std::move(file)), body_("") {}

  bool Valid() const override { return valid_; }
  const StagedRow& row() const override { return row_; }

  absl::Status Next() override {
    valid_ = false;
    if (body_.empty()) KITH_RETURN_IF_ERROR(LoadBlock());
    if (block_.empty()) return absl::OkStatus();
    row_.place = body_.U64();
    row_.key = body_.LengthPrefixed();
    row_.value = body_.LengthPrefixed();
    if (!body_.ok()) return Damaged();
    valid_ = true;
    return absl::OkStatus();
  }

 private:
  absl::Status LoadBlock() {
    KITH_RETURN_IF_ERROR(Read(kHeadBytes));
    Decoder head(block_);
    const uint32_t size = head.U32();
    const uint64_t hash = head.U64();
    KITH_RETURN_IF_ERROR(Read(size));
    if (Hash64(block_) != hash) return Damaged();
    body_ = Decoder(block_);
    return absl::OkStatus();
  }

  absl::Status Read(size_t size) {
    block_.resize(size);
    rocksdb::Slice got;
    KITH_RETURN_IF_ERROR(FromRocks(file_->Read(size, &got, block_.data()),
                                   fmt::format("read \"{}\"", path_)));
    if (got.size() != size) return Damaged();
    if (got.data() != block_.data()) block_.assign(got.data(), got.size());
    return absl::OkStatus();
  }

  absl::Status Damaged() const {
    return absl::DataLossError(
        fmt::format("the temporary file \"{}\" is damaged", path_));
  }

  const std::string path_;
  const std::unique_ptr<rocksdb::SequentialFile> file_;
  std::string block_;  // empty: the end
  Decoder body_;
  bool valid_ = false;
  StagedRow row_;
};

rocksdb::Status AppendBlock(std::string* body, rocksdb::WritableFile* file) {
  std::string head;
  PutU32(&head, static_cast<uint32_t>(body->size()));
  PutU64(&head, Hash64(*body));
  rocksdb::Status status = file->Append(head);
  if (status.ok()) status = file->Append(*body);
  body->clear();
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunFile>> RunFile::Write(rocksdb::Env* env,
                                                        std::string path,
                                                        RowCursor* rows) {
  std::unique_ptr<RunFile> run(new RunFile(env, std::move(path)));
  const std::string doing = fmt::format("write \"{}\"", run->path_);
  std::unique_ptr<rocksdb::WritableFile> file;
  KITH_RETURN_IF_ERROR(FromRocks(
      env->NewWritableFile(run->path_, &file, rocksdb::EnvOptions()), doing));
  std::string body;
  while (rows->Valid()) {
    const StagedRow& row = rows->row();
    PutU64(&body, row.place);
    PutLengthPrefixed(&body, row.key);
    PutLengthPrefixed(&body, row.value);
    run->last_key_ = row.key;
    KITH_RETURN_IF_ERROR(rows->Next());
    if (body.size() < kBlockBytes) continue;
    KITH_RETURN_IF_ERROR(FromRocks(AppendBlock(&body, file.get()), doing));
  }
  if (!body.empty()) {
    KITH_RETURN_IF_ERROR(FromRocks(AppendBlock(&body, file.get()), doing));
  }
  KITH_RETURN_IF_ERROR(FromRocks(AppendBlock(&body, file.get()), doing));
  run->bytes_ = file->GetFileSize();
  KITH_RETURN_IF_ERROR(FromRocks(file->Close(), doing));
  return run;
}

RunFile::~RunFile() { env_.DeleteFile(path_).PermitUncheckedError(); }

absl::StatusOr<std::unique_ptr<RowCursor>> RunFile::Open() const {
  std::unique_ptr<rocksdb::SequentialFile> file;
  KITH_RETURN_IF_ERROR(
      FromRocks(env_.NewSequentialFile(path_, &file, rocksdb::EnvOptions()),
                fmt::format("read \"{}\"", path_)));
  auto cursor = std::make_unique<Cursor>(path_, std::move(file));
  KITH_RETURN_IF_ERROR(cursor->Next());
  return cursor;
}

}  // namespace kith::storage
