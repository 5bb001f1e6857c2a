#include "service/rpc_server.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "authzed/api/v1/watch_service.grpc.pb.h"

namespace kith::service {
namespace {

namespace wire = authzed::api::v1;
using Check = wire::CheckPermissionRequest;
using Checked = wire::CheckPermissionResponse;
using Read = wire::ReadRelationshipsRequest;
using Found = wire::ReadRelationshipsResponse;
using wire::PermissionsService;

constexpr char kCheck[] = "/authzed.api.v1.PermissionsService/CheckPermission";
constexpr char kWrite[] =
    "/authzed.api.v1.PermissionsService/WriteRelationships";
constexpr char kRead[] = "/authzed.api.v1.PermissionsService/ReadRelationships";

// A text too long for a message that fits into one inlined slice.
std::string Token(int number) { return fmt::format("{:0100}", number); }

// Numbers from 0 on, without end unless `count` is set.
class Counter : public ResponseStream {
 public:
  Counter(int count, bool ready, std::atomic<int>* made)
      : count_(count), ready_(ready), made_(made) {}
  bool IsReady() const override { return ready_; }
  absl::StatusOr<bool> Next(std::string* message) override {
    if (*made_ == count_) return false;
    Found response;
    response.mutable_read_at()->set_token(Token((*made_)++));
    return response.AppendToString(message);
  }

 private:
  const int count_;
  const bool ready_;
  std::atomic<int>* const made_;
};

class RpcServerTest : public ::testing::Test {
 protected:
  void Start(MethodTable methods, RpcServerOptions options = {}) {
    options.listeners = {{"127.0.0.1:0", grpc::InsecureServerCredentials()}};
    auto server = RpcServer::Start(std::move(options), std::move(methods));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ =
        grpc::CreateChannel(fmt::format("127.0.0.1:{}", server_->ports()[0]),
                            grpc::InsecureChannelCredentials());
    stub_ = PermissionsService::NewStub(channel_);
  }

  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<PermissionsService::Stub> stub_;
};

MethodTable EchoCheck(bool is_long) {
  MethodTable methods;
  methods.Unary<Check, Checked>(
      kCheck,
      [](auto& context, const auto& in, auto* out) {
        context.operations = 3;
        if (in.permission() == "fail") return absl::NotFoundError("no");
        out->mutable_checked_at()->set_token(in.permission());
        return absl::OkStatus();
      },
      [is_long](const auto&) { return is_long; });
  return methods;
}

std::string Trailer(const grpc::ClientContext& context, const char* key) {
  const auto& trailer = context.GetServerTrailingMetadata();
  const auto it = trailer.find(key);
  return it == trailer.end()
             ? "(none)"
             : std::string(it->second.data(), it->second.size());
}

TEST_F(RpcServerTest, UnaryAnswersAndErrorsHereAndOnWorkers) {
  for (const bool is_long : {false, true}) {
    Start(EchoCheck(is_long));
    for (const char* permission : {"one", "two", "fail"}) {
      grpc::ClientContext context;
      context.AddMetadata("x-request-id", "id-7");
      Check request;
      request.set_permission(permission);
      Checked response;
      const auto status = stub_->CheckPermission(&context, request, &response);
      const bool fails = request.permission() == "fail";
      EXPECT_EQ(status.error_code(),
                fails ? grpc::StatusCode::NOT_FOUND : grpc::StatusCode::OK);
      EXPECT_EQ(response.checked_at().token(), fails ? "" : permission);
      EXPECT_EQ(Trailer(context, "x-request-id"), "id-7");
      EXPECT_EQ(Trailer(context, "io.spicedb.respmeta.requestid"), "id-7");
      EXPECT_EQ(
          Trailer(context, "io.spicedb.respmeta.dispatchedoperationscount"),
          "3");
      EXPECT_EQ(Trailer(context, "io.spicedb.respmeta.cachedoperationscount"),
                "0");
    }
  }
}

TEST_F(RpcServerTest, ShortWorkThatTurnsOutLongGoesToAWorker) {
  std::vector<std::string> calls;
  MethodTable methods;
  methods.Unary<Check, Checked>(
      kCheck, [&calls](auto& context, const auto& in, auto* out) {
        calls.push_back(fmt::format("{} {} {}", in.permission(),
                                    context.must_be_short,
                                    WorkerPool::OnWorkerThread()));
        if (context.must_be_short) {
          context.turned_out_long = true;
          out->set_permissionship(Checked::PERMISSIONSHIP_HAS_PERMISSION);
          return absl::ResourceExhaustedError("not so long");
        }
        out->mutable_checked_at()->set_token("slowly");
        return absl::OkStatus();
      });
  Start(std::move(methods));
  grpc::ClientContext context;
  Check request;
  request.set_permission("view");
  Checked response;
  ASSERT_TRUE(stub_->CheckPermission(&context, request, &response).ok());
  EXPECT_EQ(response.ShortDebugString(), "checked_at { token: \"slowly\" }");
  EXPECT_EQ(calls,
            (std::vector<std::string>{"view true false", "view false true"}));
}

TEST_F(RpcServerTest, LargeRequestsAreParsedToo) {
  Start(EchoCheck(false));
  grpc::ClientContext context;
  Check request;
  request.set_permission(std::string(1 << 20, 'x'));
  Checked response;
  ASSERT_TRUE(stub_->CheckPermission(&context, request, &response).ok());
  EXPECT_EQ(response.checked_at().token(), request.permission());
}

TEST_F(RpcServerTest, MessageOverTheLimitIsResourceExhausted) {
  RpcServerOptions options;
  options.max_message_bytes = 1000;
  Start(EchoCheck(false), std::move(options));
  grpc::ClientContext context;
  Check request;
  request.set_permission(std::string(2000, 'x'));
  Checked response;
  EXPECT_EQ(stub_->CheckPermission(&context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RpcServerTest, AsyncHandlersMayAnswerFromAnyThread) {
  std::vector<std::thread> threads;
  MethodTable methods;
  methods.AsyncUnary<wire::WriteRelationshipsRequest,
                     wire::WriteRelationshipsResponse>(
      kWrite, [&threads](auto&, auto&& in, auto* out, Done done) {
        threads.emplace_back([&in, out, done = std::move(done)] {
          out->mutable_written_at()->set_token(
              fmt::format("{}", in.updates_size()));
          done(absl::OkStatus());
        });
      });
  Start(std::move(methods));
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext context;
    wire::WriteRelationshipsRequest request;
    for (int k = 0; k < i; ++k) request.add_updates();
    wire::WriteRelationshipsResponse response;
    ASSERT_TRUE(stub_->WriteRelationships(&context, request, &response).ok());
    EXPECT_EQ(response.written_at().token(), fmt::format("{}", i));
  }
  server_.reset();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RpcServerTest, StreamsKeepTheirOrderToTheEnd) {
  for (const bool ready : {false, true}) {
    std::atomic<int> made = 0;
    MethodTable methods;
    methods.ServerStream<Read>(
        kRead,
        [&](auto&,
            const auto&) -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
          return std::make_unique<Counter>(1000, ready, &made);
        });
    Start(std::move(methods));
    grpc::ClientContext context;
    auto reader = stub_->ReadRelationships(&context, Read());
    Found found;
    int count = 0;
    while (reader->Read(&found)) {
      ASSERT_EQ(found.read_at().token(), Token(count++));
    }
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(count, 1000);
    server_.reset();
  }
}

TEST_F(RpcServerTest, AStreamThatNobodyReadsIsNotMadeAhead) {
  std::atomic<int> made = 0;
  MethodTable methods;
  methods.ServerStream<Read>(
      kRead,
      [&](auto&,
          const auto&) -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
        return std::make_unique<Counter>(-1, true, &made);
      });
  Start(std::move(methods));
  grpc::ClientContext context;
  auto reader = stub_->ReadRelationships(&context, Read());
  Found found;
  ASSERT_TRUE(reader->Read(&found));
  // Windows and buffers hold so many small messages at most; without flow
  // control the endless stream would not stop making them.
  int before = -1;
  while (before != made) {
    before = made;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_LT(made, 1'000'000);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// On a worker, where it may take as long as it likes.
TEST_F(RpcServerTest, AStreamAtWorkHearsThatNobodyWaitsForItAnyMore) {
  for (const bool by_deadline : {false, true}) {
    std::promise<void> at_work;
    std::promise<void> heard;
    MethodTable methods;
    methods.ServerStream<Read>(
        kRead,
        [&](auto& context,
            const auto&) -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
          at_work.set_value();
          while (!context.cancelled) std::this_thread::yield();
          heard.set_value();
          return absl::CancelledError("nobody waits");
        });
    Start(std::move(methods));
    grpc::ClientContext context;
    if (by_deadline) {
      context.set_deadline(std::chrono::system_clock::now() +
                           std::chrono::milliseconds(200));
    }
    auto reader = stub_->ReadRelationships(&context, Read());
    at_work.get_future().wait();
    if (!by_deadline) context.TryCancel();
    heard.get_future().wait();
    EXPECT_EQ(reader->Finish().error_code(),
              by_deadline ? grpc::StatusCode::DEADLINE_EXCEEDED
                          : grpc::StatusCode::CANCELLED);
    server_.reset();
  }
}

constexpr char kImport[] =
    "/authzed.api.v1.PermissionsService/ImportBulkRelationships";
using Import = wire::ImportBulkRelationshipsRequest;
using Imported = wire::ImportBulkRelationshipsResponse;

// What happened to the streams of a CountingStream.
struct Streams {
  std::atomic<int> taken = 0;
  std::atomic<int> ended = 0;
  std::atomic<int> gone = 0;
};

// Counts the relationships of all messages; a message without any is an error.
class CountingStream : public RequestStream<Import, Imported> {
 public:
  explicit CountingStream(Streams* streams) : streams_(*streams) {}
  ~CountingStream() override { ++streams_.gone; }
  void Take(Import&& request, Imported* response, Taken taken) override {
    ++streams_.taken;
    if (request.relationships().empty()) {
      return taken(absl::AbortedError("nothing in it"));
    }
    count_ += request.relationships_size();
    taken(false);
  }
  void End(Imported* response, Taken taken) override {
    ++streams_.ended;
    response->set_num_loaded(count_);
    // From any thread.
    std::thread([taken = std::move(taken)] { taken(true); }).detach();
  }

 private:
  Streams& streams_;
  uint64_t count_ = 0;
};

MethodTable CountImport(Streams* streams) {
  MethodTable methods;
  methods.TakeStream<Import, Imported>(kImport, [streams](CallContext&) {
    return std::make_unique<CountingStream>(streams);
  });
  return methods;
}

Import ImportOf(int relationships) {
  Import request;
  for (int i = 0; i < relationships; ++i) {
    request.add_relationships()->set_relation(Token(i));
  }
  return request;
}

TEST_F(RpcServerTest, AStreamedRequestIsTakenMessageByMessageThenAnswered) {
  Streams streams;
  Start(CountImport(&streams));
  for (const int messages : {0, 1, 100}) {
    grpc::ClientContext context;
    Imported response;
    const auto writer = stub_->ImportBulkRelationships(&context, &response);
    for (int i = 0; i < messages; ++i) {
      // Small ones, and ones that are long work to parse.
      ASSERT_TRUE(writer->Write(ImportOf(1 + i % 3 * 400)));
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(Trailer(context, "io.spicedb.respmeta.cachedoperationscount"),
              "0");
    uint64_t sent = 0;
    for (int i = 0; i < messages; ++i) sent += 1 + i % 3 * 400;
    EXPECT_EQ(response.num_loaded(), sent);
  }
  server_.reset();
  EXPECT_EQ(streams.taken, 101);
  EXPECT_EQ(streams.ended, 3);
  EXPECT_EQ(streams.gone, 3);
}

TEST_F(RpcServerTest, AnErrorEndsAStreamedRequestAtOnce) {
  Streams streams;
  Start(CountImport(&streams));
  grpc::ClientContext context;
  Imported response;
  const auto writer = stub_->ImportBulkRelationships(&context, &response);
  ASSERT_TRUE(writer->Write(ImportOf(1)));
  writer->Write(Import());
  while (writer->Write(ImportOf(100))) {
  }
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(status.error_message(), "nothing in it");
  server_.reset();
  EXPECT_EQ(streams.ended, 0);
  EXPECT_EQ(streams.gone, 1);
}

// The end of a stream and the end of its caller look alike at first.
TEST_F(RpcServerTest, ACallerThatGoesAwayHasNotEndedItsStream) {
  Streams streams;
  Start(CountImport(&streams));
  constexpr int kCalls = 200;
  for (int i = 1; i <= kCalls; ++i) {
    grpc::ClientContext context;
    Imported response;
    const auto writer = stub_->ImportBulkRelationships(&context, &response);
    ASSERT_TRUE(writer->Write(ImportOf(1)));
    while (streams.taken < i) std::this_thread::yield();
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  server_.reset();
  EXPECT_EQ(streams.ended, 0);
  EXPECT_EQ(streams.gone, kCalls);
}

TEST_F(RpcServerTest, AStreamedRequestIsNotReadAhead) {
  std::promise<void> release;
  std::atomic<int> taken = 0;
  class Slow : public RequestStream<Import, Imported> {
   public:
    Slow(std::shared_future<void> released, std::atomic<int>* taken)
        : released_(std::move(released)), taken_(*taken) {}
    void Take(Import&&, Imported*, Taken done) override {
      ++taken_;
      released_.wait();
      done(false);
    }
    void End(Imported*, Taken done) override { done(true); }

   private:
    const std::shared_future<void> released_;
    std::atomic<int>& taken_;
  };
  MethodTable methods;
  methods.TakeStream<Import, Imported>(
      kImport, [&, released = release.get_future().share()](CallContext&) {
        return std::make_unique<Slow>(released, &taken);
      });
  Start(std::move(methods));
  grpc::ClientContext context;
  Imported response;
  const auto writer = stub_->ImportBulkRelationships(&context, &response);
  std::atomic<int> sent = 0;
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i) {
      if (!writer->Write(ImportOf(10'000))) break;  // 1 MB each
      ++sent;
    }
    writer->WritesDone();
  });
  // Until windows and buffers are full.
  int before = -1;
  while (before != sent || taken == 0) {
    before = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LT(sent, 50);
  EXPECT_EQ(taken, 1);
  release.set_value();
  sender.join();
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(taken, 100);
}

TEST_F(RpcServerTest, ACallWithoutKeyNeverReachesItsHandler) {
  std::atomic<int> calls = 0;
  MethodTable methods;
  methods.Unary<Check, Checked>(kCheck, [&calls](auto&, const auto&, auto*) {
    ++calls;
    return absl::OkStatus();
  });
  RpcServerOptions options;
  options.authenticator =
      std::make_unique<Authenticator>(std::vector<std::string>{"key"});
  Start(std::move(methods), std::move(options));
  const auto code = [this](const char* header) {
    grpc::ClientContext context;
    if (header != nullptr) context.AddMetadata("authorization", header);
    Checked response;
    return stub_->CheckPermission(&context, Check(), &response).error_code();
  };
  EXPECT_EQ(code(nullptr), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(code("Bearer wrong"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(code("Bearer key"), grpc::StatusCode::OK);
  EXPECT_EQ(calls, 1);
}

TEST_F(RpcServerTest, WhatIsNotInTheTableIsUnimplemented) {
  Start(EchoCheck(false));
  auto watch = wire::WatchService::NewStub(channel_);
  grpc::ClientContext context;
  auto reader = watch->Watch(&context, wire::WatchRequest());
  wire::WatchResponse response;
  EXPECT_FALSE(reader->Read(&response));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(),
            "\"/authzed.api.v1.WatchService/Watch\" is not served");
}

TEST_F(RpcServerTest, WorkThatWaitedPastItsDeadlineIsNotDone) {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> calls = 0;
  MethodTable methods;
  methods.Unary<Check, Checked>(
      kCheck,
      [&](auto&, const auto&, auto*) {
        if (++calls == 1) {
          started.set_value();
          release.get_future().wait();
        }
        return absl::OkStatus();
      },
      [](const auto&) { return true; });
  RpcServerOptions options;
  options.workers = 1;
  Start(std::move(methods), std::move(options));
  std::thread first([this] {
    grpc::ClientContext context;
    Checked response;
    EXPECT_TRUE(stub_->CheckPermission(&context, Check(), &response).ok());
  });
  started.get_future().wait();
  grpc::ClientContext context;
  constexpr std::chrono::milliseconds kTimeout(50);
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  Checked response;
  EXPECT_EQ(stub_->CheckPermission(&context, Check(), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server counts the timeout from when the call came.
  const auto late = std::chrono::steady_clock::now() + 2 * kTimeout;
  while (std::chrono::steady_clock::now() < late) std::this_thread::yield();
  release.set_value();
  first.join();
  server_.reset();
  EXPECT_EQ(calls, 1);
}

TEST_F(RpcServerTest, ShutdownLetsCallsInProgressFinish) {
  std::promise<void> started;
  std::promise<void> release;
  MethodTable methods;
  methods.Unary<Check, Checked>(
      kCheck,
      [&](auto&, const auto&, auto*) {
        started.set_value();
        release.get_future().wait();
        return absl::OkStatus();
      },
      [](const auto&) { return true; });
  Start(std::move(methods));
  std::thread call([this] {
    grpc::ClientContext context;
    Checked response;
    const auto status = stub_->CheckPermission(&context, Check(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  });
  started.get_future().wait();
  std::thread shutdown([this] { server_->Shutdown(absl::Seconds(60)); });
  release.set_value();
  call.join();
  shutdown.join();
  server_.reset();
}

// The caller of a write goes away, the server is told to stop, and only then
// the database answers.
TEST_F(RpcServerTest, ShutdownWaitsForAnswersThatNobodyWaitsFor) {
  std::promise<Done> handed_over;
  MethodTable methods;
  methods.AsyncUnary<wire::WriteRelationshipsRequest,
                     wire::WriteRelationshipsResponse>(
      kWrite, [&](auto&, auto&&, auto*, Done done) {
        handed_over.set_value(std::move(done));
      });
  Start(std::move(methods));
  grpc::ClientContext context;
  std::thread call([&] {
    wire::WriteRelationshipsResponse response;
    const auto status = stub_->WriteRelationships(
        &context, wire::WriteRelationshipsRequest(), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  });
  const Done answer = handed_over.get_future().get();
  context.TryCancel();
  call.join();
  auto shutdown = std::async(
      std::launch::async, [this] { server_->Shutdown(absl::ZeroDuration()); });
  EXPECT_EQ(shutdown.wait_for(std::chrono::milliseconds(100)),
            std::future_status::timeout);
  answer(absl::OkStatus());
  shutdown.get();
  server_.reset();
}

TEST_F(RpcServerTest, ManyCallsAtOnceEachGetTheirOwnAnswer) {
  RpcServerOptions options;
  options.queues = 2;
  Start(EchoCheck(true), std::move(options));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) {
        grpc::ClientContext context;
        Check request;
        request.set_permission(fmt::format("{}-{}", t, i));
        Checked response;
        ASSERT_TRUE(stub_->CheckPermission(&context, request, &response).ok());
        ASSERT_EQ(response.checked_at().token(), request.permission());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(RpcServerStartTest, ATakenPortIsAnError) {
  RpcServerOptions first;
  first.listeners = {{"127.0.0.1:0", grpc::InsecureServerCredentials()}};
  auto server = RpcServer::Start(std::move(first), EchoCheck(false));
  ASSERT_TRUE(server.ok());
  RpcServerOptions second;
  second.listeners = {{fmt::format("127.0.0.1:{}", (*server)->ports()[0]),
                       grpc::InsecureServerCredentials()}};
  EXPECT_EQ(
      RpcServer::Start(std::move(second), EchoCheck(false)).status().code(),
      absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kith::service
