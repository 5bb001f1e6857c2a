// What a CheckPermission call costs a server: keeps a number of calls
// outstanding on one connection and reports rate, latency and, for a server
// given by its process id, its CPU time per call.

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "authzed/api/v1/permission_service.grpc.pb.h"

namespace {

namespace wire = authzed::api::v1;
using Clock = std::chrono::steady_clock;

struct Flags {
  std::string endpoint;
  std::string key;
  std::string resource_type = "document";
  std::string resource_id = "readme";
  std::string permission = "view";
  std::string subject_type = "user";
  std::string subject_id = "anne";
  int pid = 0;
  int outstanding = 16;
  int calls = 100'000;
  int warm_up_calls = 10'000;
};

// User and system time of a process so far, in microseconds; 0 without one.
double CpuMicros(int pid) {
  if (pid == 0) return 0;
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  // The second field is a name in parentheses that may hold spaces.
  const size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(text.substr(after_name + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user_ticks = 0;
  double system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  return (user_ticks + system_ticks) * 1e6 /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Load {
 public:
  explicit Load(const Flags& flags)
      : flags_(flags),
        stub_(wire::PermissionsService::NewStub(grpc::CreateChannel(
            flags.endpoint, grpc::InsecureChannelCredentials()))) {
    request_.mutable_resource()->set_object_type(flags.resource_type);
    request_.mutable_resource()->set_object_id(flags.resource_id);
    request_.set_permission(flags.permission);
    auto* subject = request_.mutable_subject()->mutable_object();
    subject->set_object_type(flags.subject_type);
    subject->set_object_id(flags.subject_id);
  }

  // Makes `calls` calls and returns their latencies in microseconds, sorted;
  // nothing once one fails.
  std::vector<double> Run(int calls) {
    std::vector<double> latencies;
    latencies.reserve(calls);
    int started = 0;
    while (started < std::min(flags_.outstanding, calls)) StartCall(&started);
    void* tag = nullptr;
    bool ok = false;
    while (static_cast<int>(latencies.size()) < calls &&
           queue_.Next(&tag, &ok)) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      if (!call->status.ok()) {
        fmt::print(stderr, "a call failed with code {}: {}\n",
                   static_cast<int>(call->status.error_code()),
                   call->status.error_message());
        std::exit(1);
      }
      const std::chrono::duration<double, std::micro> taken =
          Clock::now() - call->start;
      latencies.push_back(taken.count());
      if (started < calls) StartCall(&started);
    }
    std::sort(latencies.begin(), latencies.end());
    return latencies;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    wire::CheckPermissionResponse response;
    grpc::Status status;
    Clock::time_point start = Clock::now();
    std::unique_ptr<
        grpc::ClientAsyncResponseReader<wire::CheckPermissionResponse>>
        reader;
  };

  void StartCall(int* started) {
    auto* call = new Call;
    if (!flags_.key.empty()) {
      call->context.AddMetadata("authorization", "Bearer " + flags_.key);
    }
    call->reader =
        stub_->AsyncCheckPermission(&call->context, request_, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
    ++*started;
  }

  const Flags& flags_;
  const std::unique_ptr<wire::PermissionsService::Stub> stub_;
  wire::CheckPermissionRequest request_;
  grpc::CompletionQueue queue_;
};

Flags ParseFlags(int argc, char** argv) {
  Flags flags;
  CLI::App app("measures what a CheckPermission call costs a server");
  app.add_option("--endpoint", flags.endpoint, "HOST:PORT or unix:PATH")
      ->required();
  app.add_option("--pid", flags.pid, "process id of the server");
  app.add_option("--key", flags.key, "preshared key");
  app.add_option("--outstanding", flags.outstanding, "calls in flight");
  app.add_option("--calls", flags.calls, "calls measured");
  app.add_option("--warm-up", flags.warm_up_calls, "calls before");
  app.add_option("--resource-type", flags.resource_type);
  app.add_option("--resource-id", flags.resource_id);
  app.add_option("--permission", flags.permission);
  app.add_option("--subject-type", flags.subject_type);
  app.add_option("--subject-id", flags.subject_id);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return flags;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const Flags flags = ParseFlags(argc, argv);
  Load load(flags);
  load.Run(std::max(1, flags.warm_up_calls));
  const double cpu_before = CpuMicros(flags.pid);
  const Clock::time_point start = Clock::now();
  const std::vector<double> latencies = load.Run(flags.calls);
  const std::chrono::duration<double> wall = Clock::now() - start;
  const double cpu = CpuMicros(flags.pid) - cpu_before;
  const auto percentile = [&](double p) {
    return latencies[static_cast<size_t>(
        p * static_cast<double>(latencies.size() - 1))];
  };
  fmt::print("calls_per_s={:.0f} p50_us={:.0f} p99_us={:.0f} p999_us={:.0f}",
             flags.calls / wall.count(), percentile(0.5), percentile(0.99),
             percentile(0.999));
  if (flags.pid != 0) {
    fmt::print(" server_cpu_us_per_call={:.1f}", cpu / flags.calls);
  }
  fmt::print("\n");
  return 0;
}
