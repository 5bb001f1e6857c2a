#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/leading_bytes.h"

namespace kith::engine {

// Sorts what has an id by it. Made for ids that begin alike, and cheap when
// they are in order already.
template <typename T>
void SortById(std::vector<T>* things) {
  if (std::ranges::is_sorted(*things, {}, &T::id)) return;
  std::string_view common = things->front().id;
  for (const T& thing : *things) {
    const auto differ = std::ranges::mismatch(common, thing.id).in1;
    common = common.substr(0, differ - common.begin());
  }
  // What tells them apart is compared as a number, most of the time.
  std::vector<std::pair<uint64_t, T>> keyed;
  keyed.reserve(things->size());
  for (const T& thing : *things) {
    keyed.emplace_back(LeadingBytes(thing.id.substr(common.size())), thing);
  }
  std::ranges::sort(keyed, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.id < b.second.id;
  });
  for (size_t i = 0; i < keyed.size(); ++i) (*things)[i] = keyed[i].second;
}

}  // namespace kith::engine
