#include "base/status_macros.h"
#include "in_process/accelerators.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

constexpr double kMicro = 1e3;

// Questions that were asked before, of a set small enough to stay cached.
absl::Status Cached(const Loaded& drive, Table* table) {
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(drive.options()));
  CheckSet hot = MakeChecks(*drive.workload, 1, Keys::kZipf, 1000);
  KITH_RETURN_IF_ERROR(AskAll(db.get(), hot));
  Cost cost = MeasureCalls(2000, 50, [&](size_t i) {
    (void)db->Check(hot.requests[i % hot.requests.size()]);
  });
  table->AddCost("cached check", cost, 0.5 * kMicro);

  for (CheckRequest& request : hot.requests) {
    request.consistency = Consistency::FullyConsistent();
  }
  cost = MeasureCalls(2000, 50, [&](size_t i) {
    (void)db->Check(hot.requests[i % hot.requests.size()]);
  });
  table->AddCost("cached check, fully consistent", cost, 0.5 * kMicro);
  return absl::OkStatus();
}

// New questions, of which some were asked before.
absl::Status FreshZipf(const Loaded& drive, Table* table) {
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(drive.options()));
  KITH_RETURN_IF_ERROR(AskAll(
      db.get(), MakeChecks(*drive.workload, 1, Keys::kZipf, 200'000), 1));
  CheckSet checks = MakeChecks(*drive.workload, 2, Keys::kZipf, 50'000);
  table->AddCost("drive check, Zipf, all caches",
                 MeasureCalls(checks.requests.size(), 1, [&](size_t i) {
                   (void)db->Check(checks.requests[i]);
                 }));
  return absl::OkStatus();
}

// The same questions are asked before, to bring into the caches what they need.
absl::Status Evaluated(const Loaded& drive, const Options& options,
                       std::string_view figure, double limit_ns, size_t count,
                       Table* table) {
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(options));
  CheckSet checks = MakeChecks(*drive.workload, 3, Keys::kUniform, count);
  KITH_RETURN_IF_ERROR(AskAll(db.get(), checks));
  table->AddCost(
      figure,
      MeasureCalls(checks.requests.size(), 1,
                   [&](size_t i) { (void)db->Check(checks.requests[i]); }),
      limit_ns);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureChecks(const Sizes& sizes, Scene* scene, Table* table) {
  KITH_ASSIGN_OR_RETURN(const Loaded* drive, scene->Load("drive", sizes.drive));
  KITH_RETURN_IF_ERROR(Cached(*drive, table));
  KITH_RETURN_IF_ERROR(FreshZipf(*drive, table));
  KITH_RETURN_IF_ERROR(
      Evaluated(*drive, WithoutResultCache(drive->options()),
                "drive check, uniform, no result cache, rows resident",
                6 * kMicro, 50'000, table));
  return Evaluated(*drive, WithoutCaches(drive->options()),
                   "drive check, uniform, no caches, warm blocks", 100 * kMicro,
                   20'000, table);
}

}  // namespace kith::bench
