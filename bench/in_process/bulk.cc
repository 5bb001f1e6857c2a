#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "in_process/accelerators.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

constexpr size_t kPage = 100;
constexpr size_t kPages = 1000;

std::vector<BulkCheckRequest> MakePages(const Workload& workload, Keys keys,
                                        size_t size) {
  Questions questions(&workload, 1, keys);
  std::vector<BulkCheckRequest> pages(kPages);
  for (BulkCheckRequest& page : pages) {
    for (CheckQuestion& question : questions.Bulk(size)) {
      page.items.push_back({std::move(question.resource),
                            std::move(question.permission),
                            std::move(question.subject),
                            {}});
    }
  }
  return pages;
}

// Asks all once to verify them and to warm the caches.
absl::Status AskPages(Database* db, const Workload& workload, Keys keys) {
  Questions questions(&workload, 1, keys);
  for (const BulkCheckRequest& page : MakePages(workload, keys, kPage)) {
    KITH_ASSIGN_OR_RETURN(BulkCheckResult result, db->CheckBulk(page));
    for (size_t i = 0; const CheckQuestion& question : questions.Bulk(kPage)) {
      KITH_RETURN_IF_ERROR(result.answers[i].status());
      CheckResult answer;
      answer.permissionship = result.answers[i]->permissionship;
      KITH_RETURN_IF_ERROR(Verify(question, answer));
      ++i;
    }
  }
  return absl::OkStatus();
}

// What one of the hundred costs beyond what a page of one does.
absl::Status Marginal(const Loaded& drive, const Options& options,
                      std::string_view caches, double limit_ns, Table* table) {
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(options));
  KITH_RETURN_IF_ERROR(AskPages(db.get(), *drive.workload, Keys::kUniform));
  auto cost_of = [&](size_t size) {
    auto pages = MakePages(*drive.workload, Keys::kUniform, size);
    return MeasureCalls(kPages, 1,
                        [&](size_t i) { (void)db->CheckBulk(pages[i]); });
  };
  Cost one = cost_of(1);
  Cost page = cost_of(kPage);
  table->AddCost(fmt::format("CheckBulk of 100, {}", caches), page);
  auto each = [](double whole, double first) {
    return (whole - first) / (kPage - 1);
  };
  Cost marginal{.median_ns = each(page.median_ns, one.median_ns),
                .p99_ns = each(page.p99_ns, one.p99_ns),
                .mean_ns = each(page.mean_ns, one.mean_ns)};
  table->AddCost(fmt::format("each further of the 100, {}", caches), marginal,
                 limit_ns);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureBulk(const Sizes& sizes, Scene* scene, Table* table) {
  KITH_ASSIGN_OR_RETURN(const Loaded* drive, scene->Load("drive", sizes.drive));
  KITH_RETURN_IF_ERROR(
      Marginal(*drive, drive->options(), "all caches", 1e3, table));
  return Marginal(*drive, WithoutResultCache(drive->options()),
                  "no result cache", 0, table);
}

}  // namespace kith::bench
