#include "storage/families.h"

#include <vector>

#include "base/status_macros.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "storage/compaction_filters.h"
#include "storage/info_log.h"
#include "storage/prefix_extractor.h"
#include "storage/rocks_status.h"

namespace kith::storage {
namespace {

// Persisted: never change or reuse one.
constexpr std::array<const char*, kFamilyCount> kNames = {
    "fwd", "rev", "hist_fwd", "hist_rev", "log", "meta", "schema"};

constexpr uint64_t kWriteBufferBytes = 64ull << 20;
// Bounds what a restart has to replay.
constexpr uint64_t kMaxTotalWalBytes = 256ull << 20;
constexpr uint64_t kHistoryRewriteSeconds = 12 * 3600;
// Rewriting all rows is dear and expired rows are passed over anyway.
constexpr uint64_t kLatestRewriteSeconds = 7 * 24 * 3600;
constexpr double kBloomBitsPerKey = 10;

rocksdb::DBOptions DatabaseOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.wal_bytes_per_sync = 0;  // otherwise a log may have holes
  options.recycle_log_file_num = 0;
  // An incomplete record at the end was never acknowledged and goes; a bad one
  // anywhere refuses the open. The point-in-time mode would take a bad record
  // in the middle for the end and silently lose all commits behind it.
  options.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;  // after an error: reopen
  options.allow_mmap_reads = false;
  options.allow_mmap_writes = false;
  options.max_total_wal_size = kMaxTotalWalBytes;
  options.max_open_files = -1;
  // There is one writer at a time, and its inserts cost less so.
  options.allow_concurrent_memtable_write = false;
  return options;
}

struct Shared {
  bool in_memory = false;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<const rocksdb::FilterPolicy> bloom;
};

rocksdb::ColumnFamilyOptions PlainOptions(const Shared& shared,
                                          int restart_interval = 16) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = shared.cache;
  table.block_size = 8 << 10;
  table.block_restart_interval = restart_interval;
  table.filter_policy = shared.bloom;
  table.whole_key_filtering = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kWriteBufferBytes;
  options.memtable_protection_bytes_per_key = 8;
  options.force_consistency_checks = true;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression =
      shared.in_memory ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  options.bottommost_compression =
      shared.in_memory ? rocksdb::kNoCompression : rocksdb::kZSTD;
  return options;
}

rocksdb::ColumnFamilyOptions LatestOptions(
    const Shared& shared, ScanOrder order,
    const rocksdb::CompactionFilter* filter) {
  // Short restart intervals make the point reads of `fwd` a tenth cheaper.
  rocksdb::ColumnFamilyOptions options =
      PlainOptions(shared, order == ScanOrder::kForward ? 4 : 16);
  options.prefix_extractor = UnitExtractor(order);
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.compaction_filter = filter;
  options.periodic_compaction_seconds = kLatestRewriteSeconds;
  return options;
}

rocksdb::ColumnFamilyOptions HistoryOptions(
    const Shared& shared, ScanOrder order,
    const rocksdb::CompactionFilter* filter) {
  rocksdb::ColumnFamilyOptions options = PlainOptions(shared);
  options.prefix_extractor = UnitExtractor(order);
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.compaction_filter = filter;
  options.periodic_compaction_seconds = kHistoryRewriteSeconds;
  return options;
}

}  // namespace

Families::Families()
    : filters_({ExpiryFilter(&line_),
                HistoryFilter(ScanOrder::kForward, &line_),
                HistoryFilter(ScanOrder::kReverse, &line_)}) {}

Families::~Families() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
  if (default_ != nullptr) db_->DestroyColumnFamilyHandle(default_);
}

absl::StatusOr<std::unique_ptr<Families>> Families::Open(
    const Options& options) {
  std::unique_ptr<Families> families(new Families);
  const Shared shared{.in_memory = options.in_memory,
                      .cache = rocksdb::NewLRUCache(options.block_cache_bytes),
                      .bloom = std::shared_ptr<const rocksdb::FilterPolicy>(
                          rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey))};
  rocksdb::DBOptions db_options = DatabaseOptions();
  if (options.in_memory) {
    families->memory_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    db_options.env = families->memory_.get();
  } else {
    db_options.info_log = OpenInfoLog(options.path);
  }
  const auto& filters = families->filters_;
  const auto forward = ScanOrder::kForward;
  const auto reverse = ScanOrder::kReverse;
  const rocksdb::ColumnFamilyOptions plain = PlainOptions(shared);
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {kNames[0], LatestOptions(shared, forward, filters[0].get())},
      {kNames[1], LatestOptions(shared, reverse, filters[0].get())},
      {kNames[2], HistoryOptions(shared, forward, filters[1].get())},
      {kNames[3], HistoryOptions(shared, reverse, filters[2].get())},
      {kNames[4], plain},
      {kNames[5], plain},
      {kNames[6], plain},
      {rocksdb::kDefaultColumnFamilyName, plain}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  KITH_RETURN_IF_ERROR(FromRocks(
      rocksdb::DB::Open(db_options, options.path, descriptors, &handles, &db),
      "open the database in \"" + options.path + "\""));
  families->db_.reset(db);
  std::copy_n(handles.begin(), kFamilyCount, families->handles_.begin());
  families->default_ = handles[kFamilyCount];
  return families;
}

}  // namespace kith::storage
