#include "schema/suggestion.h"

#include <algorithm>
#include <numeric>

#include "fmt/format.h"

namespace kith::schema {
namespace {

// Beyond this a name is no typing mistake, and the table would be large.
constexpr size_t kMaxNameBytes = 128;

// Insertions, deletions, replacements and swaps of neighbours from `a` to `b`.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view Closest(std::string_view name,
                         const std::vector<std::string_view>& candidates) {
  if (name.size() > kMaxNameBytes) return {};
  size_t limit = std::max<size_t>(1, name.size() / 3) + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    const size_t longer = std::max(name.size(), candidate.size());
    const size_t shorter = std::min(name.size(), candidate.size());
    if (longer - shorter >= limit) continue;
    const size_t distance = EditDistance(name, candidate);
    if (distance < limit) {
      limit = distance;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view name,
                       const std::vector<std::string_view>& candidates) {
  const std::string_view best = Closest(name, candidates);
  return best.empty() ? "" : fmt::format("did you mean \"{}\"?", best);
}

}  // namespace kith::schema
