#include "storage/meta.h"

#include <sys/random.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "base/coding.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "rocksdb/write_batch.h"
#include "storage/rocks_status.h"

namespace kith::storage {
namespace {

constexpr size_t kIdentityBytes = 16;

absl::StatusOr<std::string> RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = getrandom(bytes.data(), size, 0);
  if (got == static_cast<ssize_t>(size)) return bytes;
  return absl::UnavailableError(
      fmt::format("get {} random bytes: {}", size,
                  std::error_code(errno, std::system_category()).message()));
}

absl::StatusOr<std::optional<std::string>> ReadRow(const Families& families,
                                                   std::string_view name) {
  std::string bytes;
  const rocksdb::Status read =
      families.db()->Get(rocksdb::ReadOptions(), families.handle(Family::kMeta),
                         ToSlice(name), &bytes);
  if (read.IsNotFound()) return std::nullopt;
  KITH_RETURN_IF_ERROR(FromRocks(read, fmt::format("read meta \"{}\"", name)));
  return bytes;
}

absl::StatusOr<std::string> ReadIdentity(const Families& families,
                                         std::string_view name) {
  KITH_ASSIGN_OR_RETURN(const auto row, ReadRow(families, name));
  if (!row.has_value() || row->size() != kIdentityBytes) {
    return absl::DataLossError(
        fmt::format("meta row \"{}\" is missing or malformed", name));
  }
  return *row;
}

absl::StatusOr<uint64_t> ReadU64(const Families& families,
                                 std::string_view name, uint64_t absent) {
  KITH_ASSIGN_OR_RETURN(const auto row, ReadRow(families, name));
  if (!row.has_value()) return absent;
  Decoder in(*row);
  const uint64_t value = in.U64();
  if (in.done()) return value;
  return absl::DataLossError(fmt::format("meta row \"{}\" is malformed", name));
}

}  // namespace

std::string EncodeMetaU64(uint64_t value) {
  std::string bytes;
  PutU64(&bytes, value);
  return bytes;
}

std::string CounterKey(std::string_view name) {
  return std::string(kMetaCounterPrefix).append(name);
}

absl::StatusOr<std::optional<Meta>> ReadMeta(const Families& families) {
  Meta meta;
  KITH_ASSIGN_OR_RETURN(meta.head, ReadU64(families, kMetaHead, 0));
  KITH_ASSIGN_OR_RETURN(meta.horizon, ReadU64(families, kMetaHorizon, 0));
  KITH_ASSIGN_OR_RETURN(
      const uint64_t expired_before,
      ReadU64(families, kMetaExpiredBefore,
              static_cast<uint64_t>(GarbageLine::kNothingExpired)));
  meta.expired_before = static_cast<int64_t>(expired_before);
  KITH_ASSIGN_OR_RETURN(const auto id, ReadRow(families, kMetaDatabaseId));
  if (!id.has_value() && meta.head == 0) return std::nullopt;
  KITH_ASSIGN_OR_RETURN(meta.database_id,
                        ReadIdentity(families, kMetaDatabaseId));
  KITH_ASSIGN_OR_RETURN(meta.mac_key, ReadIdentity(families, kMetaMacKey));
  if (meta.horizon > meta.head) {
    return absl::DataLossError(
        fmt::format("the horizon \"{}\" is beyond the head \"{}\"",
                    meta.horizon, meta.head));
  }
  return meta;
}

absl::StatusOr<Meta> CreateMeta(const Families& families) {
  Meta meta;
  KITH_ASSIGN_OR_RETURN(meta.database_id, RandomBytes(kIdentityBytes));
  KITH_ASSIGN_OR_RETURN(meta.mac_key, RandomBytes(kIdentityBytes));
  rocksdb::ColumnFamilyHandle* handle = families.handle(Family::kMeta);
  rocksdb::WriteBatch batch;
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::Status status =
      batch.Put(handle, ToSlice(kMetaDatabaseId), meta.database_id);
  if (status.ok()) {
    status = batch.Put(handle, ToSlice(kMetaMacKey), meta.mac_key);
  }
  if (status.ok()) status = families.db()->Write(options, &batch);
  KITH_RETURN_IF_ERROR(FromRocks(status, "write the database's identity"));
  return meta;
}

absl::Status LoadSymbols(const Families& families, SymbolTable* symbols) {
  const std::unique_ptr<rocksdb::Iterator> it(families.db()->NewIterator(
      rocksdb::ReadOptions(), families.handle(Family::kMeta)));
  size_t count = 0;
  for (it->Seek(ToSlice(kMetaSymbolPrefix)); it->Valid(); it->Next()) {
    std::string_view name = ToView(it->key());
    if (!name.starts_with(kMetaSymbolPrefix)) break;
    name.remove_prefix(kMetaSymbolPrefix.size());
    Decoder in(ToView(it->value()));
    const Symbol symbol = in.U16();
    if (!in.done() || symbol == kNoSymbol || symbols->Contains(symbol)) {
      return absl::DataLossError(
          fmt::format("the symbol of \"{}\" is malformed", name));
    }
    symbols->Add(name, symbol);
    ++count;
  }
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "read the symbols"));
  if (count == symbols->last()) return absl::OkStatus();
  return absl::DataLossError(
      fmt::format("{} symbols are stored, and the highest is \"{}\"", count,
                  symbols->last()));
}

}  // namespace kith::storage
