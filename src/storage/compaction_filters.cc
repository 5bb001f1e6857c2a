#include "storage/compaction_filters.h"

#include "storage/rocks_status.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

// Rows that do not decode are kept: a reader shall find the damage.
class History final : public rocksdb::CompactionFilter {
 public:
  History(ScanOrder order, const GarbageLine* line)
      : order_(order), line_(line) {}

  const char* Name() const override { return "kith.history.v1"; }
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType type,
                    const rocksdb::Slice&, std::string*,
                    std::string*) const override {
    HistoryKey row;
    if (type != ValueType::kValue ||
        !DecodeHistoryKey(order_, ToView(key), &row)) {
      return Decision::kKeep;
    }
    return row.ended <= line_->horizon() ? Decision::kRemove : Decision::kKeep;
  }

 private:
  const ScanOrder order_;
  const GarbageLine* const line_;
};

class Expiry final : public rocksdb::CompactionFilter {
 public:
  explicit Expiry(const GarbageLine* line) : line_(line) {}

  const char* Name() const override { return "kith.expiry.v1"; }
  Decision FilterV2(int, const rocksdb::Slice&, ValueType type,
                    const rocksdb::Slice& bytes, std::string*,
                    std::string*) const override {
    TupleValue value;
    if (type != ValueType::kValue || !DecodeRow(ToView(bytes), &value)) {
      return Decision::kKeep;
    }
    return line_->Expired(value) ? Decision::kRemove : Decision::kKeep;
  }

 private:
  const GarbageLine* const line_;
};

}  // namespace

std::unique_ptr<rocksdb::CompactionFilter> HistoryFilter(
    ScanOrder order, const GarbageLine* line) {
  return std::make_unique<History>(order, line);
}

std::unique_ptr<rocksdb::CompactionFilter> ExpiryFilter(
    const GarbageLine* line) {
  return std::make_unique<Expiry>(line);
}

}  // namespace kith::storage
