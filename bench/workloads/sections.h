#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kith/values.h"

namespace kith::bench {

// `prefix` and the number: the ids of all workloads.
inline std::string Id(std::string_view prefix, uint64_t number) {
  std::string id(prefix);
  id += std::to_string(number);
  return id;
}

// An object of `type` whose id is the first letter of the type and the number:
// `document:d7`.
inline ObjectRef Object(std::string_view type, uint64_t number) {
  return {type, Id(type.substr(0, 1), number)};
}

// Where a relationship falls when sections of known sizes follow each other.
struct Place {
  size_t section = 0;
  uint64_t index = 0;  // within the section
};

// `index` is below the sum of `sizes`.
inline Place FindPlace(std::span<const uint64_t> sizes, uint64_t index) {
  size_t section = 0;
  while (index >= sizes[section]) index -= sizes[section++];
  return {section, index};
}

inline uint64_t Total(std::span<const uint64_t> sizes) {
  uint64_t total = 0;
  for (uint64_t size : sizes) total += size;
  return total;
}

// `count` of scale 1 at `scale`: at least `least`.
inline uint64_t Scaled(uint64_t count, double scale, uint64_t least = 1) {
  auto scaled = static_cast<uint64_t>(static_cast<double>(count) * scale);
  return scaled < least ? least : scaled;
}

}  // namespace kith::bench
