#include <fmt/format.h>

#include "base/status_macros.h"
#include "in_process/accelerators.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

// Few enough that what they need of the largest drive, which shares least,
// stays in the caches.
constexpr size_t kChecks = 10'000;
constexpr size_t kRounds = 3;
constexpr double kMostGrowth = 1.5;
constexpr double kMostOpenNanos = 3e9;

struct Grown {
  double relationships = 0;
  int64_t open_ns = 0;
  Cost check;
  double rows_found = 0;  // share of what was looked for in the row cache
  double resident_bytes = 0;
};

absl::StatusOr<Grown> Measure(const Loaded& drive) {
  Grown grown{.relationships =
                  static_cast<double>(drive.loading.relationships)};
  int64_t begin = WallNanos();
  KITH_ASSIGN_OR_RETURN(auto db,
                        Database::Open(WithoutResultCache(drive.options())));
  grown.open_ns = WallNanos() - begin;
  CheckSet checks = MakeChecks(*drive.workload, 3, Keys::kUniform, kChecks);
  KITH_RETURN_IF_ERROR(AskAll(db.get(), checks));
  const CacheStats before = db->Stats().row_cache;
  grown.check = MeasureCalls(kChecks * kRounds, 1, [&](size_t i) {
    (void)db->Check(checks.requests[i % kChecks]);
  });
  const CacheStats after = db->Stats().row_cache;
  const auto hits = static_cast<double>(after.hits - before.hits);
  const auto others = static_cast<double>(after.misses - before.misses +
                                          after.stale - before.stale);
  if (hits + others > 0) grown.rows_found = hits / (hits + others);
  grown.resident_bytes = static_cast<double>(ResidentBytes());
  return grown;
}

}  // namespace

// The same questions of drives of several sizes: what a check costs there, its
// rows resident, beside what it costs in the smallest.
absl::Status MeasureGrowth(const Sizes& sizes, Scene* scene, Table* table) {
  double smallest = 0;
  for (double scale : sizes.growth) {
    KITH_ASSIGN_OR_RETURN(const Loaded* drive, scene->Load("drive", scale));
    KITH_ASSIGN_OR_RETURN(Grown grown, Measure(*drive));
    std::string of =
        fmt::format("{} relationships", CountText(grown.relationships));
    table->AddCost(fmt::format("drive check, {}", of), grown.check);
    if (smallest == 0) {
      smallest = grown.check.median_ns;
    } else {
      double ratio = grown.check.median_ns / smallest;
      table->Add({.figure = fmt::format("beside the smallest, {}", of),
                  .value = fmt::format("{:.2f} x", ratio),
                  .target = fmt::format("< {} x", kMostGrowth),
                  .met = ratio <= kMostGrowth});
    }
    table->Add({.figure = fmt::format("found in the row cache, {}", of),
                .value = fmt::format("{:.1f} %", 100 * grown.rows_found)});
    auto open_ns = static_cast<double>(grown.open_ns);
    table->Add({.figure = fmt::format("open, {}, wall time", of),
                .value = TimeText(open_ns),
                .target = "< " + TimeText(kMostOpenNanos),
                .met = open_ns < kMostOpenNanos});
    table->Add({.figure = fmt::format("resident set after them, {}", of),
                .value = BytesText(grown.resident_bytes)});
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
