#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "bench/rpc_cost/load.h"

namespace kith::bench {
namespace {

namespace wire = authzed::api::v1;
using Clock = std::chrono::steady_clock;
using Stub = wire::PermissionsService::Stub;

template <typename Message>
void SetQuestion(const Question& question, Message* out) {
  out->mutable_resource()->set_object_type(question.resource_type);
  out->mutable_resource()->set_object_id(question.resource_id);
  out->set_permission(question.permission);
  auto* subject = out->mutable_subject()->mutable_object();
  subject->set_object_type(question.subject_type);
  subject->set_object_id(question.subject_id);
}

// The requests are made before the first call: only calls are measured.
template <typename Request, typename Response>
class CheckLoad : public Load {
 public:
  using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;
  using Start = std::function<Reader(Stub* stub, grpc::ClientContext*,
                                     const Request&, grpc::CompletionQueue*)>;

  CheckLoad(const LoadOptions& options, int outstanding,
            std::vector<Request> requests, Start start)
      : key_(options.key),
        outstanding_(outstanding),
        stub_(wire::PermissionsService::NewStub(options.channel)),
        requests_(std::move(requests)),
        start_(std::move(start)) {
    for (Request& request : requests_) {
      request.mutable_consistency()->set_fully_consistent(
          options.fully_consistent);
      if (!options.fully_consistent) {
        request.mutable_consistency()->set_minimize_latency(true);
      }
    }
  }

  Measured Run(int calls) override {
    Measured measured;
    measured.latencies_us.reserve(calls);
    int started = 0;
    while (started < std::min(outstanding_, calls)) StartCall(&started);
    void* tag = nullptr;
    bool ok = false;
    while (static_cast<int>(measured.latencies_us.size()) < calls &&
           queue_.Next(&tag, &ok)) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      CheckOk(call->status);
      const std::chrono::duration<double, std::micro> taken =
          Clock::now() - call->start;
      measured.latencies_us.push_back(taken.count());
      if (started < calls) StartCall(&started);
    }
    measured.answers = calls;
    std::sort(measured.latencies_us.begin(), measured.latencies_us.end());
    return measured;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    Response response;
    grpc::Status status;
    Clock::time_point start = Clock::now();
    Reader reader;
  };

  void StartCall(int* started) {
    auto* call = new Call;
    if (!key_.empty()) {
      call->context.AddMetadata("authorization", "Bearer " + key_);
    }
    const Request& request = requests_[next_++ % requests_.size()];
    call->reader = start_(stub_.get(), &call->context, request, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
    ++*started;
  }

  const std::string key_;
  const int outstanding_;
  const std::unique_ptr<Stub> stub_;
  std::vector<Request> requests_;
  const Start start_;
  size_t next_ = 0;
  grpc::CompletionQueue queue_;
};

}  // namespace

std::unique_ptr<Load> NewCheckLoad(const LoadOptions& options, int outstanding,
                                   int bulk) {
  if (bulk == 0) {
    std::vector<wire::CheckPermissionRequest> requests(
        options.questions.size());
    for (size_t i = 0; i < requests.size(); ++i) {
      SetQuestion(options.questions[i], &requests[i]);
    }
    return std::make_unique<
        CheckLoad<wire::CheckPermissionRequest, wire::CheckPermissionResponse>>(
        options, outstanding, std::move(requests),
        [](auto* stub, auto* context, const auto& request, auto* queue) {
          return stub->AsyncCheckPermission(context, request, queue);
        });
  }
  // Each question is in as many requests as any other.
  std::vector<wire::CheckBulkPermissionsRequest> requests(
      std::min<size_t>(options.questions.size(), 1000));
  size_t next = 0;
  for (auto& request : requests) {
    for (int i = 0; i < bulk; ++i) {
      SetQuestion(options.questions[next++ % options.questions.size()],
                  request.add_items());
    }
  }
  return std::make_unique<CheckLoad<wire::CheckBulkPermissionsRequest,
                                    wire::CheckBulkPermissionsResponse>>(
      options, outstanding, std::move(requests),
      [](auto* stub, auto* context, const auto& request, auto* queue) {
        return stub->AsyncCheckBulkPermissions(context, request, queue);
      });
}

}  // namespace kith::bench
