#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/directory.h"
#include "storage/families.h"
#include "storage/meta.h"
#include "storage/rocks_store.h"

namespace kith::storage {
namespace {

// How much of the changelog's chain every start verifies.
constexpr uint64_t kVerifiedLogRows = 64 * 1024;

// Settles whether the directory may be opened, before RocksDB writes to it.
absl::StatusOr<std::unique_ptr<DirectoryLock>> PrepareDirectory(
    const StoreOptions& options) {
  if (options.path.empty()) {
    return absl::InvalidArgumentError("a database on disk needs a path");
  }
  KITH_ASSIGN_OR_RETURN(const bool exists, HoldsDatabase(options.path));
  if (!exists) {
    if (!options.create_if_missing) {
      return absl::NotFoundError(
          fmt::format("there is no database in \"{}\"", options.path));
    }
    KITH_RETURN_IF_ERROR(MakeDirectory(options.path));
  }
  KITH_ASSIGN_OR_RETURN(auto lock, DirectoryLock::Take(options.path));
  // Again under the lock: another process may have been creating it.
  KITH_ASSIGN_OR_RETURN(const bool exists_now, HoldsDatabase(options.path));
  if (!exists_now) KITH_RETURN_IF_ERROR(WriteFormat(options.path));
  return lock;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(
    const StoreOptions& options) {
  std::unique_ptr<DirectoryLock> lock;
  if (!options.in_memory) {
    KITH_ASSIGN_OR_RETURN(lock, PrepareDirectory(options));
  }
  KITH_ASSIGN_OR_RETURN(
      auto families,
      Families::Open({.path = options.in_memory ? "/memory" : options.path,
                      .in_memory = options.in_memory,
                      .block_cache_bytes = options.block_cache_bytes}));
  KITH_RETURN_IF_ERROR(ClearImportDirectory(*families));
  KITH_ASSIGN_OR_RETURN(std::optional<Meta> meta, ReadMeta(*families));
  if (!meta.has_value()) {
    // No identity and no head: nothing may have been committed.
    KITH_RETURN_IF_ERROR(VerifyLog(*families, "", 0, 0, 0).status());
    KITH_ASSIGN_OR_RETURN(meta, CreateMeta(*families));
  }
  families->line().RaiseHorizon(meta->horizon);
  families->line().RaiseExpiredBefore(meta->expired_before);
  KITH_ASSIGN_OR_RETURN(const LogEnd log_end,
                        VerifyLog(*families, meta->database_id, meta->horizon,
                                  meta->head, kVerifiedLogRows));
  auto store = std::make_unique<RocksStore>(
      std::move(lock), std::move(families), options, *meta, log_end);
  KITH_RETURN_IF_ERROR(store->Load());
  return store;
}

}  // namespace kith::storage
