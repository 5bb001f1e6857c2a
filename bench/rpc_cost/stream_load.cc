#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "authzed/api/v1/permission_service.pb.h"
#include "bench/rpc_cost/load.h"

namespace kith::bench {
namespace {

namespace wire = authzed::api::v1;
using Clock = std::chrono::steady_clock;

// A method and one request for it.
struct Streamed {
  std::string method;
  std::unique_ptr<google::protobuf::Message> request;
};

class StreamLoad : public Load {
 public:
  StreamLoad(const LoadOptions& options, std::vector<Streamed> calls)
      : key_(options.key), stub_(options.channel), calls_(std::move(calls)) {}

  Measured Run(int calls) override {
    Measured measured;
    for (int i = 0; i < calls; ++i) {
      const Clock::time_point start = Clock::now();
      measured.answers += Read(calls_[next_++ % calls_.size()]);
      const std::chrono::duration<double, std::micro> taken =
          Clock::now() - start;
      measured.latencies_us.push_back(taken.count());
    }
    std::sort(measured.latencies_us.begin(), measured.latencies_us.end());
    return measured;
  }

 private:
  // The number of messages.
  uint64_t Read(const Streamed& streamed) {
    grpc::ClientContext context;
    if (!key_.empty()) context.AddMetadata("authorization", "Bearer " + key_);
    grpc::CompletionQueue queue;
    grpc::ByteBuffer message;
    bool own_buffer = false;
    CheckOk(grpc::SerializationTraits<google::protobuf::Message>::Serialize(
        *streamed.request, &message, &own_buffer));
    const auto stream = stub_.PrepareCall(&context, streamed.method, &queue);
    stream->StartCall(nullptr);
    Done(&queue);
    stream->WriteLast(message, grpc::WriteOptions(), nullptr);
    Done(&queue);
    uint64_t messages = 0;
    stream->Read(&message, nullptr);
    while (Done(&queue)) {
      ++messages;
      stream->Read(&message, nullptr);
    }
    grpc::Status status;
    stream->Finish(&status, nullptr);
    Done(&queue);
    CheckOk(status);
    return messages;
  }

  static bool Done(grpc::CompletionQueue* queue) {
    void* tag = nullptr;
    bool ok = false;
    return queue->Next(&tag, &ok) && ok;
  }

  const std::string key_;
  grpc::GenericStub stub_;
  const std::vector<Streamed> calls_;
  size_t next_ = 0;
};

std::unique_ptr<google::protobuf::Message> ResourcesRequest(const Question& q) {
  auto request = std::make_unique<wire::LookupResourcesRequest>();
  request->set_resource_object_type(q.resource_type);
  request->set_permission(q.permission);
  auto* subject = request->mutable_subject()->mutable_object();
  subject->set_object_type(q.subject_type);
  subject->set_object_id(q.subject_id);
  return request;
}

std::unique_ptr<google::protobuf::Message> SubjectsRequest(const Question& q) {
  auto request = std::make_unique<wire::LookupSubjectsRequest>();
  request->mutable_resource()->set_object_type(q.resource_type);
  request->mutable_resource()->set_object_id(q.resource_id);
  request->set_permission(q.permission);
  request->set_subject_object_type(q.subject_type);
  return request;
}

std::unique_ptr<google::protobuf::Message> ReadRequest(const Question& q) {
  auto request = std::make_unique<wire::ReadRelationshipsRequest>();
  request->mutable_relationship_filter()->set_resource_type(q.resource_type);
  return request;
}

std::unique_ptr<google::protobuf::Message> ExportRequest(const Question& q) {
  auto request = std::make_unique<wire::ExportBulkRelationshipsRequest>();
  request->set_optional_limit(1000);
  return request;
}

}  // namespace

std::unique_ptr<Load> NewStreamLoad(const LoadOptions& options,
                                    const std::string& what) {
  struct Kind {
    std::string name;
    std::string method;
    std::unique_ptr<google::protobuf::Message> (*request)(const Question&);
  };
  const Kind kinds[] = {{"resources", "LookupResources", ResourcesRequest},
                        {"subjects", "LookupSubjects", SubjectsRequest},
                        {"relationships", "ReadRelationships", ReadRequest},
                        {"export", "ExportBulkRelationships", ExportRequest}};
  for (const Kind& kind : kinds) {
    if (kind.name != what) continue;
    std::vector<Streamed> calls;
    for (const Question& question : options.questions) {
      calls.push_back({"/authzed.api.v1.PermissionsService/" + kind.method,
                       kind.request(question)});
    }
    return std::make_unique<StreamLoad>(options, std::move(calls));
  }
  return nullptr;
}

}  // namespace kith::bench
