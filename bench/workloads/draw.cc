#include "workloads/draw.h"

namespace kith::bench {

uint64_t Draw::Key(uint64_t count) {
  if (keys_ == Keys::kUniform) return random_.Below(count);
  return Reduce(Mix(ZipfOf(count).Sample(&random_)), count);
}

const Zipf& Draw::ZipfOf(uint64_t count) {
  for (const Zipf& zipf : zipfs_) {
    if (zipf.count() == count) return zipf;
  }
  return zipfs_.emplace_back(count);
}

}  // namespace kith::bench
