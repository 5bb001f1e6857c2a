#include "kith_bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kith::bench {
namespace {

constexpr uint64_t kMostNanos = uint64_t{3600} * 1'000'000'000;
// Each power of two from 2^7 on is cut into 64 buckets; below that every value
// has its own.
constexpr int kSubBits = 6;
constexpr uint64_t kFirst = uint64_t{1} << (kSubBits + 1);

int ShiftOf(uint64_t nanos) {
  return std::max(0, static_cast<int>(std::bit_width(nanos)) - kSubBits - 1);
}

size_t BucketOf(uint64_t nanos) {
  const int shift = ShiftOf(nanos);
  return (static_cast<size_t>(shift) << kSubBits) + (nanos >> shift);
}

uint64_t MiddleOf(size_t bucket) {
  if (bucket < kFirst) return bucket;
  const int shift = static_cast<int>(bucket >> kSubBits) - 1;
  const uint64_t low = (bucket - (static_cast<size_t>(shift) << kSubBits))
                       << shift;
  return low + ((uint64_t{1} << shift) >> 1);
}

}  // namespace

Histogram::Histogram() : buckets_(BucketOf(kMostNanos) + 1) {}

void Histogram::Record(uint64_t nanos) {
  nanos = std::min(nanos, kMostNanos);
  ++buckets_[BucketOf(nanos)];
  min_ = count_ == 0 ? nanos : std::min(min_, nanos);
  max_ = std::max(max_, nanos);
  ++count_;
  sum_ += static_cast<double>(nanos);
}

void Histogram::Clear() { *this = Histogram(); }

double Histogram::Mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

uint64_t Histogram::Percentile(double fraction) const {
  if (count_ == 0) return 0;
  const auto wanted =
      static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  const uint64_t rank = std::clamp<uint64_t>(wanted, 1, count_);
  if (rank == count_) return max_;
  uint64_t seen = 0;
  size_t bucket = 0;
  while ((seen += buckets_[bucket]) < rank) ++bucket;
  return std::clamp(MiddleOf(bucket), min_, max_);
}

}  // namespace kith::bench
