#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/compaction_filter.h"
#include "rocksdb/db.h"
#include "storage/garbage_line.h"
#include "storage/types.h"

namespace kith::storage {

enum class Family : uint8_t {
  kForward,
  kReverse,
  kForwardHistory,
  kReverseHistory,
  kLog,
  kMeta,
  kSchema,
};
inline constexpr size_t kFamilyCount = 7;

inline Family LatestFamily(ScanOrder order) {
  return order == ScanOrder::kForward ? Family::kForward : Family::kReverse;
}
inline Family HistoryFamily(ScanOrder order) {
  return order == ScanOrder::kForward ? Family::kForwardHistory
                                      : Family::kReverseHistory;
}

// An open RocksDB with our column families. Everything that must outlive the
// database is owned here, in the order in which it has to go. Thread-safe.
class Families {
 public:
  struct Options {
    std::string path;
    bool in_memory = false;
    uint64_t block_cache_bytes = 512ull << 20;
  };

  // Opens, and makes what is missing. A damaged write-ahead log is DATA_LOSS,
  // except for an incomplete record at its end: that write was never
  // acknowledged.
  static absl::StatusOr<std::unique_ptr<Families>> Open(const Options& options);
  ~Families();
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;

  rocksdb::DB* db() const { return db_.get(); }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }
  GarbageLine& line() { return line_; }
  const GarbageLine& line() const { return line_; }

 private:
  Families();

  GarbageLine line_;
  std::array<std::unique_ptr<rocksdb::CompactionFilter>, 3> filters_;
  std::unique_ptr<rocksdb::Env> memory_;  // null: on disk
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> handles_{};
  rocksdb::ColumnFamilyHandle* default_ = nullptr;  // RocksDB insists; empty
};

}  // namespace kith::storage
