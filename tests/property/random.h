#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace kith::property {

// Reproducible choices: the same seed gives the same model everywhere, which
// the standard distributions do not promise.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // 0 to `n` - 1; `n` is not 0.
  size_t Below(size_t n) { return engine_() % n; }
  size_t Between(size_t low, size_t high) {
    return low + Below(high - low + 1);
  }
  bool Percent(size_t percent) { return Below(100) < percent; }

  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }
  template <typename T>
  void Shuffle(std::vector<T>* items) {
    for (size_t i = items->size(); i > 1; --i) {
      std::swap((*items)[i - 1], (*items)[Below(i)]);
    }
  }
  // `n` of them (or all) in random order.
  template <typename T>
  std::vector<T> Sample(std::vector<T> items, size_t n) {
    Shuffle(&items);
    if (items.size() > n) items.resize(n);
    return items;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace kith::property
