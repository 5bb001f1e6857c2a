#include "storage/prefix_extractor.h"

#include "storage/rocks_status.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

class Extractor final : public rocksdb::SliceTransform {
 public:
  explicit Extractor(ScanOrder order) : order_(order) {}

  const char* Name() const override {
    return order_ == ScanOrder::kForward ? "kith.unit.forward.v1"
                                         : "kith.unit.reverse.v1";
  }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), UnitSize(order_, ToView(key))};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return UnitSize(order_, ToView(key)) != 0;
  }
  bool SameResultWhenAppended(const rocksdb::Slice& prefix) const override {
    return InDomain(prefix);
  }

 private:
  const ScanOrder order_;
};

}  // namespace

std::shared_ptr<const rocksdb::SliceTransform> UnitExtractor(ScanOrder order) {
  return std::make_shared<Extractor>(order);
}

}  // namespace kith::storage
