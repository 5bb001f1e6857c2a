#include <fmt/format.h>

#include "base/status_macros.h"
#include "in_process/accelerators.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {

// Each workload of checks that no other figure measures.
absl::Status MeasureShapes(const Sizes& sizes, Scene* scene, Table* table) {
  constexpr size_t kChecks = 2000;
  for (std::string_view name :
       {"wide-direct", "wide-groups", "wide-arrow", "double-wide-arrow",
        "deep-arrow-30", "deep-arrow-300", "intersections", "exclusions",
        "caveats", "deep-nesting"}) {
    double scale = name == "deep-nesting" ? sizes.drive : 1;
    KITH_ASSIGN_OR_RETURN(const Loaded* loaded, scene->Load(name, scale));
    KITH_ASSIGN_OR_RETURN(
        auto db, Database::Open(WithoutResultCache(loaded->options())));
    CheckSet checks = MakeChecks(*loaded->workload, 1, Keys::kUniform, kChecks);
    KITH_RETURN_IF_ERROR(AskAll(db.get(), checks));
    table->AddCost(fmt::format("{}, no result cache", name),
                   MeasureCalls(kChecks, 1, [&](size_t i) {
                     (void)db->Check(checks.requests[i]);
                   }));
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
