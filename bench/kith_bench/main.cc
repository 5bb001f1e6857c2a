// kith-bench: puts load on a server of the authzed.api.v1 API and measures.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/status_macros.h"
#include "kith_bench/calls.h"
#include "kith_bench/figures.h"
#include "kith_bench/load.h"
#include "kith_bench/options.h"
#include "kith_bench/process_cpu.h"
#include "kith_bench/runner.h"
#include "kith_bench/server.h"

namespace kith::bench {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Calls that write beside a run, at most at a time.
constexpr int kWritesOutstanding = 64;

// The workloads of all runs, by their entries.
using Workloads = std::map<const Entry*, std::unique_ptr<Workload>>;

absl::StatusOr<Workloads> MakeWorkloads(const Options& options) {
  Workloads workloads;
  std::string digest;
  for (const Run& run : options.runs) {
    std::unique_ptr<Workload>& workload = workloads[run.entry];
    if (workload) continue;
    workload = run.entry->make(options.scale, options.seed);
    const Run& first = options.runs.front();
    if (digest.empty()) digest = DataDigest(*workload);
    if (!options.show_data && DataDigest(*workload) != digest) {
      return absl::InvalidArgumentError(fmt::format(
          "workloads \"{}\" and \"{}\" have different data: use two runs",
          first.entry->name, run.entry->name));
    }
  }
  return workloads;
}

absl::StatusOr<LoadFigures> TimedLoad(const Workload& workload,
                                      const ProcessCpu& cpu, Server* server) {
  LoadFigures load;
  KITH_ASSIGN_OR_RETURN(const ProcessCpu::Sample before, cpu.Now());
  const Clock::time_point start = Clock::now();
  KITH_RETURN_IF_ERROR(Load(workload, server));
  load.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  load.relationships = workload.relationship_count();
  if (!cpu.empty()) {
    KITH_ASSIGN_OR_RETURN(const ProcessCpu::Sample after, cpu.Now());
    load.server_cpu_s = static_cast<double>(NanosBetween(before, after)) / 1e9;
  }
  return load;
}

// Writes beside a run, on a thread of its own.
class Writes {
 public:
  Writes(const Entry* entry, const Options& options, const Workload* workload,
         Server* server)
      : thread_([=, this, &options] {
          figures_ = Run(entry, options, workload, server);
        }) {}
  ~Writes() {
    if (thread_.joinable()) Finish().IgnoreError();
  }

  absl::Status Finish() {
    stop_ = true;
    thread_.join();
    return figures_.status();
  }
  const Figures& figures() const { return *figures_; }

 private:
  absl::StatusOr<Figures> Run(const Entry* entry, const Options& options,
                              const Workload* workload, Server* server) {
    bench::Run run;
    run.entry = entry;
    run.operation = Operation::kWrite;
    run.outstanding = kWritesOutstanding;
    KITH_ASSIGN_OR_RETURN(auto calls,
                          MakeCalls(run, options, workload, server));
    Pace pace;
    pace.rate = options.writes_per_second;
    pace.warm_up_s = 0;
    pace.measured_s = 1e6;
    pace.stop = &stop_;
    return Measure(std::move(calls), pace, ProcessCpu({}));
  }

  std::atomic<bool> stop_ = false;
  absl::StatusOr<Figures> figures_;
  std::thread thread_;
};

absl::StatusOr<RunFigures> RunOne(const Run& run, const Options& options,
                                  const Workload* workload,
                                  const ProcessCpu& cpu, Server* server) {
  KITH_ASSIGN_OR_RETURN(auto calls, MakeCalls(run, options, workload, server));
  std::optional<Writes> writes;
  if (options.writes_per_second > 0) {
    writes.emplace(run.entry, options, workload, server);
  }
  Pace pace;
  pace.rate = options.rate;
  pace.warm_up_s = options.warm_up_s;
  pace.measured_s = options.measured_s;
  pace.most_operations = options.most_operations;
  RunFigures result;
  result.run = run;
  KITH_ASSIGN_OR_RETURN(result.figures, Measure(std::move(calls), pace, cpu));
  if (writes) {
    KITH_RETURN_IF_ERROR(writes->Finish());
    result.writes = writes->figures();
  }
  return result;
}

absl::Status RunAll(const Options& options, const Workloads& workloads) {
  const ProcessCpu cpu(options.processes);
  Server server(options);
  std::optional<LoadFigures> load;
  if (options.clear) KITH_RETURN_IF_ERROR(Clear(&server));
  if (options.load) {
    KITH_ASSIGN_OR_RETURN(
        load,
        TimedLoad(*workloads.at(options.runs.front().entry), cpu, &server));
    fmt::print("{}", LoadLine(*load));
    std::this_thread::sleep_for(
        std::chrono::duration<double>(options.settle_s));
  }
  fmt::print("{}", TableHead());
  std::vector<RunFigures> finished;
  for (const Run& run : options.runs) {
    std::fflush(stdout);
    KITH_ASSIGN_OR_RETURN(
        const RunFigures& result,
        RunOne(run, options, workloads.at(run.entry).get(), cpu, &server));
    fmt::print("{}", TableLine(run.Name(), result.figures));
    if (result.writes) fmt::print("{}", TableLine("  beside", *result.writes));
    finished.push_back(result);
  }
  if (options.json_file.empty()) return absl::OkStatus();
  std::ofstream file(options.json_file);
  file << ToJson(options, load, finished);
  file.close();
  if (!file) {
    return absl::InternalError(
        fmt::format("cannot write \"{}\"", options.json_file));
  }
  return absl::OkStatus();
}

void ShowData(const Options& options, const Workloads& workloads) {
  for (const Run& run : options.runs) {
    const Workload& workload = *workloads.at(run.entry);
    fmt::print("{} {} {}\n", run.Name(), workload.relationship_count(),
               DataDigest(workload));
  }
}

int Report(const absl::Status& status, int exit_code) {
  fmt::print(stderr, "kith-bench: {}\n", std::string(status.message()));
  return exit_code;
}

int Main(std::vector<std::string> arguments) {
  const absl::StatusOr<Options> options = ParseOptions(std::move(arguments));
  if (!options.ok()) return Report(options.status(), kExitUsage);
  if (!options->text.empty()) {
    fmt::print("{}", options->text);
    return 0;
  }
  const absl::StatusOr<Workloads> workloads = MakeWorkloads(*options);
  if (!workloads.ok()) return Report(workloads.status(), kExitUsage);
  if (options->show_data) {
    ShowData(*options, *workloads);
    return 0;
  }
  const absl::Status status = RunAll(*options, *workloads);
  if (!status.ok()) {
    std::fflush(stdout);
    return Report(status, kExitFailed);
  }
  return 0;
}

}  // namespace
}  // namespace kith::bench

int main(int argc, char** argv) {
  // The packaged Abseil tracks every mutex of gRPC, which costs a tenth.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return kith::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
