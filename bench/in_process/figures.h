#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "in_process/scene.h"
#include "in_process/table.h"

namespace kith::bench {

struct Sizes {
  double drive = 1;                       // scale of the drive
  std::vector<double> growth = {0.1, 1};  // and of those compared
  double import = 1;                      // of the import
};

// A row of what this machine does just now, to compare runs by.
void MeasureYardstick(Table* table);

// Each adds its rows; an error of a call or a wrong answer ends it.
using Figure = absl::Status (*)(const Sizes& sizes, Scene* scene, Table* table);

absl::Status MeasureChecks(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureShapes(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureBulk(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureLookups(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureNested(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureGrowth(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureWrites(const Sizes& sizes, Scene* scene, Table* table);
absl::Status MeasureImport(const Sizes& sizes, Scene* scene, Table* table);

struct NamedFigure {
  std::string_view name;
  Figure measure;
};
inline constexpr NamedFigure kFigures[] = {
    {"checks", MeasureChecks}, {"shapes", MeasureShapes},
    {"bulk", MeasureBulk},     {"lookups", MeasureLookups},
    {"nested", MeasureNested}, {"growth", MeasureGrowth},
    {"writes", MeasureWrites}, {"import", MeasureImport},
};

}  // namespace kith::bench
