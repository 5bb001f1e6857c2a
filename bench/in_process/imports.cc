#include <fmt/format.h>

#include "base/status_macros.h"
#include "in_process/disk.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {

// A whole drive in random order.
absl::Status MeasureImport(const Sizes& sizes, Scene* scene, Table* table) {
  constexpr double kLeastRate = 200'000;
  constexpr double kMostBytes = 75;
  KITH_ASSIGN_OR_RETURN(const Loaded* drive,
                        scene->Load("import", sizes.import));
  auto count = static_cast<double>(drive->loading.relationships);
  double rate = count / (static_cast<double>(drive->loading.wall_ns) / 1e9);
  table->Add({.figure = fmt::format("import of {} in random order, a second",
                                    CountText(count)),
              .value = CountText(rate),
              .target = "> " + CountText(kLeastRate),
              .met = rate >= kLeastRate});
  table->Add({.figure = "bytes on disk a relationship, as imported",
              .value = fmt::format(
                  "{:.1f}",
                  static_cast<double>(DirectoryBytes(drive->path)) / count)});
  KITH_RETURN_IF_ERROR(Compact(drive->path));
  double each = static_cast<double>(DirectoryBytes(drive->path)) / count;
  table->Add({.figure = "bytes on disk a relationship, compacted",
              .value = fmt::format("{:.1f}", each),
              .target = fmt::format("< {:.0f}", kMostBytes),
              .met = each <= kMostBytes});
  return absl::OkStatus();
}

}  // namespace kith::bench
