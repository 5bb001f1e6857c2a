#include <fmt/format.h>

#include "base/status_macros.h"
#include "in_process/accelerators.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

struct Nesting {
  std::string_view workload;
  double limit_ns;  // 0: none
};

constexpr Nesting kNestings[] = {{"nested-groups-10", 0},
                                 {"nested-groups-100", 0},
                                 {"nested-groups-1k", 50e3},
                                 {"nested-groups-10k", 0}};

}  // namespace

// What is in the last of the groups, and what is in none of them.
absl::Status MeasureNested(const Sizes&, Scene* scene, Table* table) {
  for (const Nesting& nesting : kNestings) {
    KITH_ASSIGN_OR_RETURN(const Loaded* loaded,
                          scene->Load(nesting.workload, 1));
    KITH_ASSIGN_OR_RETURN(
        auto db, Database::Open(WithoutResultCache(loaded->options())));
    CheckSet all = MakeChecks(*loaded->workload, 1, Keys::kUniform, 400);
    KITH_RETURN_IF_ERROR(AskAll(db.get(), all));
    for (auto answer :
         {Permissionship::kHasPermission, Permissionship::kNoPermission}) {
      std::vector<const CheckRequest*> requests;
      for (size_t i = 0; i < all.requests.size(); ++i) {
        if (all.questions[i].expected == answer) {
          requests.push_back(&all.requests[i]);
        }
      }
      bool has = answer == Permissionship::kHasPermission;
      table->AddCost(
          fmt::format("{}, {}", nesting.workload, has ? "yes" : "no"),
          MeasureCalls(requests.size(), 1,
                       [&](size_t i) { (void)db->Check(*requests[i]); }),
          nesting.limit_ns);
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
