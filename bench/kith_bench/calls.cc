#include "kith_bench/calls.h"

#include <fmt/format.h>

#include "kith_bench/setting.h"
#include "workloads/questions.h"

namespace kith::bench {
namespace {

std::unique_ptr<Call> MakeCall(const Setting& setting) {
  switch (setting.run.operation) {
    case Operation::kCheck:
      return MakeCheckCall(setting);
    case Operation::kCheckBulk:
      return MakeBulkCall(setting);
    case Operation::kLookupResources:
      return MakeLookupResourcesCall(setting);
    case Operation::kLookupSubjects:
      return MakeLookupSubjectsCall(setting);
    case Operation::kWrite:
      return MakeWriteCall(setting);
    case Operation::kImport:
      return MakeImportCall(setting);
  }
  return nullptr;
}

bool HasQuestions(const Run& run, const Workload* workload) {
  Questions questions(workload, 1, run.keys);
  switch (run.operation) {
    case Operation::kLookupResources:
      return questions.LookupResources().has_value();
    case Operation::kLookupSubjects:
      return questions.LookupSubjects().has_value();
    default:
      return true;
  }
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<Call>>> MakeCalls(
    const Run& run, const Options& options, const Workload* workload,
    Server* server) {
  if (!HasQuestions(run, workload)) {
    return absl::InvalidArgumentError(
        fmt::format("workload \"{}\" has no questions for operation \"{}\"",
                    run.entry->name, OperationName(run.operation)));
  }
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < run.outstanding; ++i) {
    const auto number = static_cast<size_t>(i);
    calls.push_back(MakeCall({.run = run,
                              .workload = workload,
                              .server = server,
                              .seed = options.seed * 10'007 + number,
                              .number = number,
                              .verify = options.verify}));
  }
  return calls;
}

}  // namespace kith::bench
