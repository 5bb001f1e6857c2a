#include "tools/kith/backup_file.h"

#include <fmt/format.h>

#include <istream>
#include <ostream>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"

namespace kith::tool {
namespace {

constexpr std::string_view kMagic = "kithbak\n";
constexpr size_t kHeadBytes = 5;  // kind and size
constexpr size_t kSumBytes = 8;
// A message of a server's answer is far smaller.
constexpr uint32_t kMaxPayloadBytes = 64u << 20;

bool ReadExactly(std::istream& in, size_t size, std::string* bytes) {
  bytes->resize(size);
  in.read(bytes->data(), static_cast<std::streamsize>(size));
  return static_cast<size_t>(in.gcount()) == size;
}

bool IsKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(BackupBlockKind::kHeader) &&
         kind <= static_cast<uint8_t>(BackupBlockKind::kTrailer);
}

}  // namespace

absl::Status BackupWriter::WriteBlock(BackupBlockKind kind,
                                      const std::string& payload) {
  if (payload.size() > kMaxPayloadBytes) {
    return absl::InternalError(
        fmt::format("a block of {} bytes is over the limit of {}",
                    payload.size(), kMaxPayloadBytes));
  }
  std::string bytes(1, static_cast<char>(kind));
  PutU32(&bytes, static_cast<uint32_t>(payload.size()));
  bytes += payload;
  end_.sum = Hash64(bytes, end_.sum);
  PutU64(&bytes, end_.sum);
  if (end_.bytes == 0) bytes.insert(0, kMagic);
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  // What was cut off is to be found in the file.
  out_.flush();
  end_.bytes += bytes.size();
  if (out_.good()) return absl::OkStatus();
  return absl::InternalError("the file could not be written");
}

absl::Status BackupWriter::Write(const kith::v1::BackupHeader& header) {
  return WriteBlock(BackupBlockKind::kHeader, header.SerializeAsString());
}

absl::Status BackupWriter::Write(const kith::v1::BackupRelationships& block) {
  KITH_RETURN_IF_ERROR(
      WriteBlock(BackupBlockKind::kRelationships, block.SerializeAsString()));
  ++end_.blocks;
  end_.relationships += block.relationships_size();
  return absl::OkStatus();
}

absl::Status BackupWriter::WriteTrailer() {
  kith::v1::BackupTrailer trailer;
  trailer.set_blocks(end_.blocks);
  trailer.set_relationships(end_.relationships);
  return WriteBlock(BackupBlockKind::kTrailer, trailer.SerializeAsString());
}

absl::Status BackupReader::Damaged(std::string_view why) {
  failed_ = absl::DataLossError(
      fmt::format("block {} at byte {}: {}", number_, begin_, why));
  return failed_;
}

absl::StatusOr<BackupReader::Block> BackupReader::ReadBlock() {
  KITH_RETURN_IF_ERROR(failed_);
  ++number_;
  begin_ = end_.bytes;
  std::string bytes;
  if (number_ == 1) {
    if (!ReadExactly(in_, kMagic.size(), &bytes) || bytes != kMagic) {
      return Damaged("this is no backup: it does not begin like one");
    }
    begin_ = kMagic.size();
  }
  if (!ReadExactly(in_, kHeadBytes, &bytes)) {
    return Damaged(bytes.empty() || in_.gcount() == 0
                       ? "the file ends before its trailer"
                       : "the file ends within the block");
  }
  Decoder head(bytes);
  const uint8_t kind = head.U8();
  const uint32_t size = head.U32();
  if (!IsKind(kind)) return Damaged(fmt::format("\"{}\" is no kind", kind));
  if (size > kMaxPayloadBytes) {
    return Damaged(fmt::format("its size, {} bytes, is over the limit of {}",
                               size, kMaxPayloadBytes));
  }
  std::string rest;
  if (!ReadExactly(in_, size + kSumBytes, &rest)) {
    return Damaged("the file ends within the block");
  }
  bytes.append(rest, 0, size);
  const uint64_t sum = Hash64(bytes, end_.sum);
  if (Decoder(std::string_view(rest).substr(size)).U64() != sum) {
    return Damaged("its checksum does not match");
  }
  rest.resize(size);
  end_.sum = sum;
  end_.bytes = begin_ + bytes.size() + kSumBytes;
  return Block{static_cast<BackupBlockKind>(kind), std::move(rest)};
}

absl::StatusOr<kith::v1::BackupHeader> BackupReader::ReadHeader() {
  KITH_ASSIGN_OR_RETURN(const Block block, ReadBlock());
  kith::v1::BackupHeader header;
  if (block.kind != BackupBlockKind::kHeader ||
      !header.ParseFromString(block.payload)) {
    return Damaged("it is no header");
  }
  if (header.format() != kBackupFormat) {
    return Damaged(fmt::format("the file has format {}, known is {}",
                               header.format(), kBackupFormat));
  }
  return header;
}

absl::Status BackupReader::CheckTrailer(const std::string& payload) {
  kith::v1::BackupTrailer trailer;
  if (!trailer.ParseFromString(payload)) return Damaged("it does not decode");
  if (trailer.blocks() != end_.blocks ||
      trailer.relationships() != end_.relationships) {
    return Damaged(fmt::format(
        "the trailer counts {} relationships in {} blocks, the file has {} in "
        "{}",
        trailer.relationships(), trailer.blocks(), end_.relationships,
        end_.blocks));
  }
  if (in_.peek() != std::istream::traits_type::eof()) {
    return Damaged("something follows the trailer");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<kith::v1::BackupRelationships>>
BackupReader::Next() {
  const BackupEnd before = end_;
  KITH_ASSIGN_OR_RETURN(const Block block, ReadBlock());
  if (block.kind == BackupBlockKind::kTrailer) {
    KITH_RETURN_IF_ERROR(CheckTrailer(block.payload));
    return std::nullopt;
  }
  kith::v1::BackupRelationships relationships;
  if (block.kind != BackupBlockKind::kRelationships ||
      !relationships.ParseFromString(block.payload)) {
    end_ = before;
    return Damaged("it holds no relationships");
  }
  ++end_.blocks;
  end_.relationships += relationships.relationships_size();
  return relationships;
}

}  // namespace kith::tool
