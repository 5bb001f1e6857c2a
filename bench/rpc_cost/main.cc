// What a call costs a server, or one message of a streamed answer: rate,
// latency and, for a server given by its process id, its CPU time.

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "bench/rpc_cost/load.h"

namespace kith::bench {
namespace {

struct Flags {
  std::string endpoint;
  std::string key;
  std::string question = "document:readme#view@user:anne";
  std::string questions_file;  // instead of `question`
  bool fully_consistent = false;
  int pid = 0;
  int outstanding = 16;
  int bulk = 0;
  std::string stream;
  int calls = 100'000;
  int warm_up_calls = 10'000;
};

Flags ParseFlags(int argc, char** argv) {
  Flags flags;
  CLI::App app("measures what a call costs a server");
  app.add_option("--endpoint", flags.endpoint, "HOST:PORT or unix:PATH")
      ->required();
  app.add_option("--pid", flags.pid, "process id of the server");
  app.add_option("--key", flags.key, "preshared key");
  app.add_option("--question", flags.question,
                 "what is asked, as a relationship is written");
  app.add_option("--questions", flags.questions_file,
                 "file with one question a line, asked in turn");
  app.add_flag("--fully-consistent", flags.fully_consistent);
  app.add_option("--outstanding", flags.outstanding, "calls in flight");
  app.add_option("--bulk", flags.bulk,
                 "questions a call, of CheckBulkPermissions");
  app.add_option("--stream", flags.stream,
                 "resources, subjects, relationships or export: read such "
                 "streams, one after the other");
  app.add_option("--calls", flags.calls, "calls measured");
  app.add_option("--warm-up", flags.warm_up_calls, "calls before");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return flags;
}

// User and system time of a process so far, in microseconds; 0 without one.
double CpuMicros(int pid) {
  clockid_t clock = 0;
  timespec time{};
  if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return static_cast<double>(time.tv_sec) * 1e6 +
         static_cast<double>(time.tv_nsec) / 1e3;
}

std::unique_ptr<Load> NewLoad(const Flags& flags) {
  LoadOptions options;
  options.channel =
      grpc::CreateChannel(flags.endpoint, grpc::InsecureChannelCredentials());
  options.key = flags.key;
  options.fully_consistent = flags.fully_consistent;
  options.questions = flags.questions_file.empty()
                          ? std::vector{ParseQuestion(flags.question)}
                          : ReadQuestions(flags.questions_file);
  if (flags.stream.empty()) {
    return NewCheckLoad(options, flags.outstanding, flags.bulk);
  }
  auto load = NewStreamLoad(options, flags.stream);
  if (!load) {
    fmt::print(stderr, "there is no stream \"{}\"\n", flags.stream);
    std::exit(1);
  }
  return load;
}

void Report(const Flags& flags, const Measured& measured, double seconds,
            double cpu_us) {
  const auto percentile = [&](double p) {
    return measured.latencies_us[static_cast<size_t>(
        p * static_cast<double>(measured.latencies_us.size() - 1))];
  };
  fmt::print("calls_per_s={:.0f} p50_us={:.0f} p99_us={:.0f} p999_us={:.0f}",
             flags.calls / seconds, percentile(0.5), percentile(0.99),
             percentile(0.999));
  if (flags.pid != 0) {
    fmt::print(" server_cpu_us_per_call={:.2f}", cpu_us / flags.calls);
  }
  const double answers = static_cast<double>(measured.answers) *
                         static_cast<double>(std::max(1, flags.bulk));
  if (!flags.stream.empty() || flags.bulk != 0) {
    fmt::print(" answers_per_s={:.0f}", answers / seconds);
    if (flags.pid != 0) {
      fmt::print(" server_cpu_us_per_answer={:.3f}", cpu_us / answers);
    }
  }
  fmt::print("\n");
}

int Main(int argc, char** argv) {
  const Flags flags = ParseFlags(argc, argv);
  const std::unique_ptr<Load> load = NewLoad(flags);
  load->Run(std::max(1, flags.warm_up_calls));
  const double cpu_before = CpuMicros(flags.pid);
  const auto start = std::chrono::steady_clock::now();
  const Measured measured = load->Run(flags.calls);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - start;
  Report(flags, measured, wall.count(), CpuMicros(flags.pid) - cpu_before);
  return 0;
}

}  // namespace

void CheckOk(const grpc::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "a call failed with code {}: {}\n",
             static_cast<int>(status.error_code()), status.error_message());
  std::exit(1);
}

}  // namespace kith::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return kith::bench::Main(argc, argv);
}
