#include <fmt/format.h>

#include <vector>

#include "base/status_macros.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

// One answer read to its end.
struct Drained {
  uint64_t results = 0;
  int64_t first_ns = 0;  // CPU time until the first part
  int64_t all_ns = 0;
};

// Start makes a stream, whose Next gives parts until one is empty.
template <typename Start>
absl::StatusOr<Drained> Drain(Start start) {
  Drained drained;
  int64_t begin = ThreadCpuNanos();
  KITH_ASSIGN_OR_RETURN(auto stream, start());
  while (true) {
    KITH_ASSIGN_OR_RETURN(auto part, stream->Next());
    if (drained.results == 0) drained.first_ns = ThreadCpuNanos() - begin;
    if (part.empty()) break;
    drained.results += part.size();
  }
  drained.all_ns = ThreadCpuNanos() - begin;
  return drained;
}

struct Lookups {
  Cost first;
  Cost all;
  uint64_t results = 0;  // of one
  double peak_bytes = 0;
};

template <typename Start>
absl::StatusOr<Lookups> MeasureLookup(size_t rounds, uint64_t expected,
                                      Start start) {
  Lookups lookups{.results = expected};
  std::vector<int64_t> first;
  std::vector<int64_t> all;
  KITH_RETURN_IF_ERROR(Drain(start).status());  // warms the blocks
  uint64_t before = ResidentBytes();
  ResetPeak();
  for (size_t i = 0; i < rounds; ++i) {
    KITH_ASSIGN_OR_RETURN(Drained drained, Drain(start));
    if (drained.results != expected) {
      return absl::InternalError(
          fmt::format("{} results instead of {}", drained.results, expected));
    }
    first.push_back(drained.first_ns);
    all.push_back(drained.all_ns);
  }
  lookups.peak_bytes =
      static_cast<double>(PeakResidentBytes()) - static_cast<double>(before);
  lookups.first = CostOf(std::move(first), 1);
  lookups.all = CostOf(std::move(all), 1);
  return lookups;
}

void AddRate(std::string_view what, const Lookups& lookups, double least,
             Table* table) {
  double rate =
      static_cast<double>(lookups.results) / lookups.all.median_ns * 1e9;
  table->Add({.figure = fmt::format("{}: results a second", what),
              .value = CountText(rate),
              .target = "> " + CountText(least),
              .met = rate >= least});
}

void AddMemory(std::string_view what, const Lookups& lookups, double most,
               Table* table) {
  table->Add({.figure = fmt::format("{}: memory at most", what),
              .value = BytesText(std::max(0.0, lookups.peak_bytes)),
              .target = "< " + BytesText(most),
              .met = lookups.peak_bytes < most});
}

// 0: none. Of all of an answer only when it is large.
struct Targets {
  double first_ns = 0;
  double all_ns = 0;
};

struct Reach {
  std::string_view workload;
  std::string_view results;
  size_t rounds;
};
constexpr Reach kReaches[] = {{"lookup-resources-10", "10", 300},
                              {"lookup-resources-1k", "1,000", 100},
                              {"lookup-resources-100k", "100,000", 10}};

// Lookups of one kind.
template <typename Start>
absl::Status Measure(std::string_view kind, const Reach& reach,
                     uint64_t expected, const Targets& targets, Start start,
                     Table* table) {
  KITH_ASSIGN_OR_RETURN(Lookups lookups,
                        MeasureLookup(reach.rounds, expected, start));
  std::string what = fmt::format("{}, {} results", kind, reach.results);
  bool is_large = expected >= 100'000;
  table->AddCost(fmt::format("{}: all", what), lookups.all,
                 is_large ? targets.all_ns : 0);
  table->AddCost(fmt::format("{}: first part", what), lookups.first,
                 targets.first_ns);
  if (!is_large) return absl::OkStatus();
  AddRate(what, lookups, 1e6, table);
  AddMemory(what, lookups, 50e6, table);
  return absl::OkStatus();
}

LookupResourcesRequest RequestOf(const LookupResourcesQuestion& question) {
  LookupResourcesRequest request;
  request.resource_type = question.resource_type;
  request.permission = question.permission;
  request.subject = question.subject;
  return request;
}

absl::Status Both(const Reach& reach, const Loaded& loaded, Database* db,
                  Table* table) {
  Questions questions(loaded.workload.get(), 1, Keys::kUniform);
  auto resources = questions.LookupResources();
  LookupResourcesRequest what = RequestOf(*resources);
  KITH_RETURN_IF_ERROR(Measure(
      "LookupResources", reach, resources->expected.value(), {.first_ns = 2e6},
      [&] { return db->LookupResources(what); }, table));
  auto subjects = questions.LookupSubjects();
  LookupSubjectsRequest who;
  who.resource = subjects->resource;
  who.permission = subjects->permission;
  who.subject_type = subjects->subject_type;
  return Measure(
      "LookupSubjects", reach, subjects->expected.value(), {.all_ns = 50e6},
      [&] { return db->LookupSubjects(who); }, table);
}

// All of a long answer, asked for page by page; a page is a call.
absl::Status Pages(Scene* scene, Table* table) {
  constexpr uint32_t kPage = 1000;
  constexpr int kRounds = 3;
  KITH_ASSIGN_OR_RETURN(const Loaded* loaded,
                        scene->Load("lookup-resources-100k", 1));
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(loaded->options()));
  Questions questions(loaded->workload.get(), 1, Keys::kUniform);
  auto question = questions.LookupResources();
  std::vector<int64_t> samples;
  for (int round = 0; round < kRounds; ++round) {
    LookupResourcesRequest request = RequestOf(*question);
    request.limit = kPage;
    uint64_t found = 0;
    for (bool more = true; more;) {
      int64_t begin = ThreadCpuNanos();
      KITH_ASSIGN_OR_RETURN(auto stream, db->LookupResources(request));
      uint32_t in_page = 0;
      while (in_page < kPage) {
        KITH_ASSIGN_OR_RETURN(auto part, stream->Next());
        if (part.empty()) break;
        in_page += static_cast<uint32_t>(part.size());
        request.cursor = std::move(part.back().cursor);
      }
      samples.push_back(ThreadCpuNanos() - begin);
      found += in_page;
      more = in_page == kPage;
    }
    if (found != question->expected) {
      return absl::InternalError(fmt::format("{} results in pages", found));
    }
  }
  table->AddCost("LookupResources, a page of 1,000 of 100,000",
                 CostOf(std::move(samples), 1));
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureLookups(const Sizes&, Scene* scene, Table* table) {
  for (const Reach& reach : kReaches) {
    KITH_ASSIGN_OR_RETURN(const Loaded* loaded, scene->Load(reach.workload, 1));
    Options options = loaded->options();
    options.lookup_cache_bytes = 0;
    KITH_ASSIGN_OR_RETURN(auto db, Database::Open(options));
    KITH_RETURN_IF_ERROR(Both(reach, *loaded, db.get(), table));
  }
  return Pages(scene, table);
}

}  // namespace kith::bench
