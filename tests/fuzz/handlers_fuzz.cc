// Everything that a caller can send, without a network: the input is a sequence
// of requests, made from its bytes or the bytes themselves, to the methods that
// kithd serves, over one database in memory. Each is answered, with a code of
// proto/README.md, in messages of its type; a call that is refused, and one
// that only reads, leaves the database as it was.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "fuzz/byte_source.h"
#include "fuzz/expect.h"
#include "fuzz/request_generator.h"
#include "kith/database.h"
#include "service/bulk_service.h"
#include "service/check_service.h"
#include "service/experimental_service.h"
#include "service/lookup_service.h"
#include "service/message_bytes.h"
#include "service/reflection_service.h"
#include "service/relationship_service.h"
#include "service/schema_service.h"
#include "service/status.h"
#include "service/watch_service.h"

namespace kith::fuzz {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using service::CallBody;
using service::CallContext;
using service::Method;

constexpr int kRequestsMax = 24;
constexpr int kMessagesMax = 100;  // that are read of one stream
constexpr std::chrono::seconds kPatience(60);

// Small limits, so that they are met. The clock stands still between requests.
class Service {
 public:
  Service() {
    Options options;
    options.in_memory = true;
    options.block_cache_bytes = 1 << 20;
    options.gc_interval = absl::Hours(1'000'000);
    options.gc_window = absl::Seconds(10);
    options.max_depth = 6;
    options.max_check_edges = 200;
    options.max_expand_nodes = 30;
    options.max_updates_per_write = 3;
    options.max_preconditions = 2;
    options.max_read_limit = 3;
    options.max_delete_limit = 2;
    options.max_bulk_checks = 3;
    options.max_trace_steps = 20;
    options.max_lookup_edges = 100;
    options.max_lookup_candidates = 20;
    options.max_lookup_subjects = 50;
    options.max_lookup_limit = 3;
    options.max_import_bytes = 2000;
    options.max_export_limit = 3;
    options.max_counters = 1;
    options.max_watch_event_bytes = 100;
    options.max_metadata_bytes = 60;
    options.max_request_context_bytes = 60;
    options.max_relationship_context_bytes = 40;
    options.now = [this] { return absl::FromUnixSeconds(seconds_); };
    auto opened = Database::Open(options);
    ExpectOk(opened.status(), "a database in memory opens");
    database_ = *std::move(opened);
    service::AddCheckMethods(database_.get(), &methods_);
    service::AddLookupMethods(database_.get(), &methods_);
    service::AddRelationshipMethods(database_.get(), &methods_);
    service::AddBulkMethods(database_.get(), &methods_);
    service::AddExperimentalMethods(database_.get(), &methods_);
    service::AddSchemaMethods(database_.get(), &methods_);
    service::AddWatchMethods(database_.get(), &methods_);
    service::AddReflectionMethods(&methods_);
    Reset();
  }

  const std::vector<Method>& methods() const { return methods_.methods(); }
  uint64_t head() const { return database_->Stats().head_revision; }
  int64_t now() const { return seconds_; }
  void PassTime(int64_t seconds) { seconds_ += seconds; }

  // As after construction, but for history and time.
  void Reset() {
    std::set<std::string> types;
    ExportRequest all;
    for (ExportPage page{.more = true}; page.more; all.cursor = page.cursor) {
      page = database_->Export(all).value();
      for (const Relationship& relationship : page.relationships) {
        types.insert(relationship.resource.type);
      }
    }
    for (const std::string& type : types) {
      DeleteRequest request;
      request.filter.resource_type = type;
      ExpectOk(database_->DeleteByFilter(request).status(),
               "what is stored can be deleted");
    }
    for (const std::string& name : RequestGenerator::Counters()) {
      database_->UnregisterCounter(name).IgnoreError();
    }
    ExpectOk(
        database_->WriteSchema(RequestGenerator::Schemas().front()).status(),
        "the schema of the fuzzer compiles");
    for (const std::string& text : RequestGenerator::Relationships()) {
      ExpectOk(database_->Write({Touch(Relationship(text))}).status(),
               "the relationships of the fuzzer fit its schema");
    }
  }

 private:
  std::atomic<int64_t> seconds_{1000};
  std::unique_ptr<Database> database_;
  service::MethodTable methods_;
};

// Waits for what a body makes.
class Sink final : public service::CallSink {
 public:
  void Produced(absl::StatusOr<bool> more) override {
    const std::lock_guard lock(mutex_);
    result_ = std::move(more);
    changed_.notify_one();
  }
  void TurnedOutLong() override {
    const std::lock_guard lock(mutex_);
    again_ = true;
    result_ = false;
    changed_.notify_one();
  }

  // Of the last Wait: the message is to be asked for once more.
  bool TakeAgain() { return std::exchange(again_, false); }

  absl::StatusOr<bool> Wait() {
    std::unique_lock lock(mutex_);
    Expect(changed_.wait_for(lock, kPatience,
                             [this] { return result_.has_value(); }),
           "every call is answered");
    absl::StatusOr<bool> result = *std::move(result_);
    result_.reset();
    return result;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool again_ = false;
  std::optional<absl::StatusOr<bool>> result_;
};

const MethodDescriptor& DescriptorOf(const Method& method) {
  std::string name = method.name.substr(1);
  // The older name of reflection is served with the newer one's messages.
  if (const size_t at = name.find("v1alpha"); at != name.npos) {
    name.replace(at, 7, "v1");
  }
  name[name.find('/')] = '.';
  const auto* found = DescriptorPool::generated_pool()->FindMethodByName(name);
  Expect(found != nullptr, "a method is in a proto file", name);
  return *found;
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

bool MayWrite(std::string_view method) {
  for (const std::string_view word :
       {"Write", "Delete", "Import", "Register", "Unregister"}) {
    if (method.find(word) != std::string_view::npos) return true;
  }
  return false;
}

void ExpectDocumented(std::string_view method, const absl::Status& status) {
  using Code = absl::StatusCode;
  static const std::set<Code> kDocumented = {
      Code::kInvalidArgument, Code::kFailedPrecondition,
      Code::kNotFound,        Code::kAlreadyExists,
      Code::kOutOfRange,      Code::kResourceExhausted};
  const std::string detail = std::string(method) + ": " + status.ToString();
  Expect(kDocumented.contains(status.code()), "errors are documented", detail);
  Expect(!status.message().empty(), "an error says what is wrong", detail);
  const grpc::Status sent = service::ToGrpcStatus(status);
  Expect(sent.error_message().size() + sent.error_details().size() < 8192,
         "an error fits into the trailers", detail);
}

// One call after the other, as the driver makes them.
class Caller {
 public:
  Caller(Service* service, ByteSource* in) : service_(*service), in_(*in) {}

  void CallOne() {
    const auto& methods = service_.methods();
    const Method& method =
        methods[in_.Below(static_cast<uint32_t>(methods.size()))];
    const MethodDescriptor& descriptor = DescriptorOf(method);
    settled_ = service_.head();
    CallContext context;
    const auto body = method.make_body(&context);
    const absl::Status status =
        method.kind == Method::Kind::kConversation
            ? Converse(body.get(), descriptor)
            : Ask(body.get(), descriptor,
                  method.kind == Method::Kind::kUnary ? 1 : kMessagesMax);
    if (!status.ok()) ExpectDocumented(method.name, status);
    Expect(service_.head() == settled_,
           "reading, and what is refused, changes nothing", method.name);
  }

 private:
  absl::Status Send(CallBody* body, const MethodDescriptor& descriptor) {
    grpc::ByteBuffer bytes;
    if (in_.Below(16) == 15) {
      const grpc::Slice slice(in_.Text());
      bytes = grpc::ByteBuffer(&slice, 1);
    } else {
      const auto request = NewMessage(descriptor.input_type());
      RequestGenerator(&in_, seen_, service_.now()).Fill(request.get());
      ExpectOk(service::SerializeMessage(*request, &bytes),
               "a request serializes");
    }
    return body->Read(&bytes);
  }

  // Lets the body make a message. False: there was none.
  absl::StatusOr<bool> Receive(CallBody* body,
                               const MethodDescriptor& descriptor) {
    body->IsShort();
    Sink sink;
    grpc::ByteBuffer bytes;
    absl::StatusOr<bool> more;
    do {
      body->Next(&bytes, &sink);
      more = sink.Wait();
    } while (sink.TakeAgain());
    if (more.ok() && MayWrite(descriptor.name())) settled_ = service_.head();
    if (!more.ok() || !*more) return more;
    const auto response = NewMessage(descriptor.output_type());
    ExpectOk(service::ParseMessage(&bytes, response.get()),
             "an answer is a message of its type");
    seen_.Collect(*response);
    return true;
  }

  absl::Status Ask(CallBody* body, const MethodDescriptor& descriptor,
                   int messages) {
    KITH_RETURN_IF_ERROR(Send(body, descriptor));
    for (int i = 0; i < messages; ++i) {
      KITH_ASSIGN_OR_RETURN(const bool more, Receive(body, descriptor));
      if (!more) break;
    }
    return absl::OkStatus();
  }

  absl::Status Converse(CallBody* body, const MethodDescriptor& descriptor) {
    for (uint32_t count = in_.Below(4); count > 0; --count) {
      KITH_RETURN_IF_ERROR(Send(body, descriptor));
      KITH_RETURN_IF_ERROR(Receive(body, descriptor).status());
    }
    if (in_.Below(4) == 3) return absl::OkStatus();  // it goes away
    body->EndOfInput();
    return Receive(body, descriptor).status();
  }

  Service& service_;
  ByteSource& in_;
  SeenTexts seen_;
  uint64_t settled_ = 0;  // the head when a message was last answered
};

// One for many inputs: opening a database takes longer than a hundred of them.
// Now and then a new one, so that what a sequence does to the next is bounded.
Service& CleanService() {
  constexpr int kInputsEach = 500;
  static Service* service = nullptr;  // the last outlives the statics it uses
  static int inputs = 0;
  if (inputs++ % kInputsEach == 0) {
    google::protobuf::SetLogHandler(nullptr);  // it prints bad UTF-8
    delete service;
    service = new Service;
  } else {
    service->Reset();
  }
  return *service;
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  ByteSource in(data, size);
  Service& service = CleanService();
  Caller caller(&service, &in);
  for (int i = 0; i < kRequestsMax && !in.empty(); ++i) {
    if (in.Below(16) == 15) service.PassTime(in.Below(2000));
    caller.CallOne();
  }
  return 0;
}
