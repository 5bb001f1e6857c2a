#pragma once

#include <cstddef>
#include <cstdint>

namespace kith::caveat {

// What one expression may be and may cost. Each limit is checked before the
// memory or the work it bounds is spent, so a hostile expression ends with an
// error soon after it starts. All limits are inclusive.
struct Limits {
  size_t expression_bytes_max = 100'000;
  // Parentheses in parentheses as well as the height of the syntax tree. All
  // recursion over expressions is at most this deep. Chains of && and of ||
  // count once, however long.
  int depth_max = 100;
  size_t nodes_max = 16'384;
  // Nodes evaluated, plus what functions that look at many bytes or elements
  // charge for them.
  uint64_t steps_max = 100'000;
  // Bytes of all the values that one evaluation makes. What the caller bound
  // is not counted.
  size_t bytes_max = 1u << 20;
};

// Lists in lists of a context value.
inline constexpr int kContextDepthMax = 64;
// Constant arguments of one expression that are worked out when it compiles,
// such as the patterns of matches().
inline constexpr int kPreparedMax = 64;
// Patterns and their automata, per compiled regular expression.
inline constexpr int64_t kRegexBytesMax = 1 << 20;

}  // namespace kith::caveat
