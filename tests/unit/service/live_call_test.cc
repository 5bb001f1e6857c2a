#include "service/live_call.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "authzed/api/v1/watch_service.grpc.pb.h"
#include "base/mutex.h"
#include "service/rpc_server.h"

namespace kith::service {
namespace {

namespace wire = authzed::api::v1;
using Request = wire::WatchRequest;
using Response = wire::WatchResponse;

constexpr char kWatch[] = "/authzed.api.v1.WatchService/Watch";

// What a test lets its streams send. Thread-safe.
class Source {
 public:
  // Each stream sends it once more than before.
  void Push() {
    MutexLock lock(&mutex_);
    ++pushed_;
    for (auto& [stream, wake] : std::exchange(waiting_, {})) wake();
  }
  int pushed() {
    MutexLock lock(&mutex_);
    return pushed_;
  }
  void Wait(const void* stream, int seen, std::function<void()> wake) {
    MutexLock lock(&mutex_);
    if (pushed_ > seen) return wake();
    waiting_[stream] = std::move(wake);
    parked_.NotifyAll();
  }
  bool Cancel(const void* stream) {
    MutexLock lock(&mutex_);
    return waiting_.erase(stream) != 0;
  }
  void AwaitParked(size_t streams) {
    MutexLock lock(&mutex_);
    while (waiting_.size() < streams) parked_.Wait(lock);
  }
  void CountStream(int by) {
    MutexLock lock(&mutex_);
    streams_ += by;
    gone_.NotifyAll();
  }
  void AwaitNoStream() {
    MutexLock lock(&mutex_);
    while (streams_ != 0) gone_.Wait(lock);
  }

  std::atomic<int> made = 0;  // messages
  std::atomic<int64_t> made_last_ms = 0;

 private:
  Mutex mutex_;
  CondVar parked_;
  CondVar gone_;
  int pushed_ = 0;
  int streams_ = 0;
  std::map<const void*, std::function<void()>> waiting_;
};

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class TestStream : public LiveStream<Response> {
 public:
  TestStream(Source* source, size_t bytes) : source_(*source), bytes_(bytes) {
    source_.CountStream(1);
  }
  ~TestStream() override {
    source_.Cancel(this);
    source_.CountStream(-1);
  }
  absl::StatusOr<bool> Next(Response* response) override {
    if (sent_ == source_.pushed()) return false;
    ++sent_;
    ++source_.made;
    source_.made_last_ms = NowMs();
    response->mutable_changes_through()->set_token(
        bytes_ == 0 ? fmt::format("{}", sent_) : std::string(bytes_, 'x'));
    return true;
  }
  void WakeOnce(std::function<void()> wake) override {
    source_.Wait(this, sent_, std::move(wake));
  }
  bool CancelWake() override { return source_.Cancel(this); }
  absl::Status EndFor(LiveEnd why) override {
    return why == LiveEnd::kTooSlow
               ? absl::ResourceExhaustedError(fmt::format("after {}", sent_))
               : absl::UnavailableError(fmt::format("after {}", sent_));
  }

 private:
  Source& source_;
  const size_t bytes_;
  int sent_ = 0;
};

class LiveCallTest : public ::testing::Test {
 protected:
  // Messages of `bytes`, or the number of the message.
  void Start(size_t bytes = 0, RpcServerOptions options = {}) {
    MethodTable methods;
    methods.Live<Request, Response>(
        kWatch,
        [this, bytes](auto&, const auto& in)
            -> absl::StatusOr<std::unique_ptr<LiveStream<Response>>> {
          if (in.optional_object_types_size() > 0) {
            return absl::InvalidArgumentError("no");
          }
          return std::make_unique<TestStream>(&source_, bytes);
        });
    options.listeners = {{"127.0.0.1:0", grpc::InsecureServerCredentials()}};
    auto server = RpcServer::Start(std::move(options), std::move(methods));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = wire::WatchService::NewStub(
        grpc::CreateChannel(fmt::format("127.0.0.1:{}", server_->ports()[0]),
                            grpc::InsecureChannelCredentials()));
  }

  struct Stream {
    std::string Next() {
      Response response;
      return reader->Read(&response) ? response.changes_through().token()
                                     : "(end)";
    }
    grpc::Status ReadToEnd() {
      Response response;
      while (reader->Read(&response)) {
      }
      return reader->Finish();
    }
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<Response>> reader;
  };
  std::unique_ptr<Stream> Watch(const Request& request = {}) {
    auto stream = std::make_unique<Stream>();
    stream->reader = stub_->Watch(&stream->context, request);
    return stream;
  }

  Source source_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<wire::WatchService::Stub> stub_;
};

TEST_F(LiveCallTest, TheHeaderComesBeforeAnyMessage) {
  Start();
  auto stream = Watch();
  stream->reader->WaitForInitialMetadata();
  source_.AwaitParked(1);
  source_.Push();
  EXPECT_EQ(stream->Next(), "1");
}

TEST_F(LiveCallTest, ParkedCallsTakeNoThread) {
  RpcServerOptions options;
  options.workers = 1;
  Start(0, std::move(options));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 50; ++i) streams.push_back(Watch());
  source_.AwaitParked(50);
  for (int round = 1; round <= 3; ++round) {
    source_.Push();
    for (const auto& stream : streams) {
      EXPECT_EQ(stream->Next(), fmt::format("{}", round));
    }
  }
}

TEST_F(LiveCallTest, NoWakeUpIsLost) {
  Start();
  auto stream = Watch();
  std::thread pusher([this] {
    for (int i = 0; i < 1000; ++i) source_.Push();
  });
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(stream->Next(), fmt::format("{}", i));
  }
  pusher.join();
}

TEST_F(LiveCallTest, AnErrorOfTheHandlerEndsTheCall) {
  Start();
  Request request;
  request.add_optional_object_types("x");
  EXPECT_EQ(Watch(request)->ReadToEnd().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LiveCallTest, CancellationEndsAParkedCall) {
  Start();
  auto stream = Watch();
  source_.AwaitParked(1);
  stream->context.TryCancel();
  EXPECT_EQ(stream->ReadToEnd().error_code(), grpc::StatusCode::CANCELLED);
  source_.AwaitNoStream();
}

// Whatever the race between the two.
TEST_F(LiveCallTest, CancellationRacesWithWakeUps) {
  Start();
  for (int i = 0; i < 200; ++i) {
    auto stream = Watch();
    source_.AwaitParked(1);
    std::thread pusher([this] { source_.Push(); });
    stream->context.TryCancel();
    stream->ReadToEnd();
    pusher.join();
    source_.AwaitNoStream();
  }
}

TEST_F(LiveCallTest, ShutdownEndsParkedCallsAtOnce) {
  RpcServerOptions options;
  options.queues = 2;
  Start(0, std::move(options));
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(Watch());
  source_.Push();
  for (const auto& stream : streams) EXPECT_EQ(stream->Next(), "1");
  // Not waiting for the hour.
  server_->Shutdown(absl::Hours(1));
  for (const auto& stream : streams) {
    const grpc::Status status = stream->ReadToEnd();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(status.error_message(), "after 1");
  }
  server_.reset();
  source_.AwaitNoStream();
}

constexpr size_t kLargeMessage = 1 << 20;

// How many messages were made once no more are, because nobody reads.
int MadeUntilStuck(Source* source, absl::Duration quiet) {
  while (source->made == 0 ||
         NowMs() - source->made_last_ms < absl::ToInt64Milliseconds(quiet)) {
    std::this_thread::yield();
  }
  return source->made;
}

TEST_F(LiveCallTest, APeerThatDoesNotReadInTimeIsCutOff) {
  constexpr absl::Duration kTimeout = absl::Milliseconds(500);
  constexpr int kMessages = 40;
  // On a busy machine an attempt may read too early, or so late that the call
  // is cancelled.
  for (bool cut_off = false; !cut_off; server_.reset()) {
    RpcServerOptions options;
    options.stall_timeout = kTimeout;
    source_.made = 0;
    const int before = source_.pushed();
    Start(kLargeMessage, std::move(options));
    auto stream = Watch();
    for (int i = 0; i < kMessages; ++i) source_.Push();
    const int made = MadeUntilStuck(&source_, kTimeout * 1.3);
    int read = 0;
    while (read < before + kMessages && stream->Next() != "(end)") ++read;
    if (read == before + kMessages) stream->context.TryCancel();
    const grpc::Status status = stream->ReadToEnd();
    if (status.error_code() == grpc::StatusCode::CANCELLED) continue;
    cut_off = true;
    EXPECT_EQ(read, made);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(status.error_message(), fmt::format("after {}", made))
        << "nothing is made after the message that was not taken";
  }
}

TEST_F(LiveCallTest, APeerThatNeverReadsIsCancelled) {
  RpcServerOptions options;
  options.stall_timeout = absl::Milliseconds(50);
  Start(kLargeMessage, std::move(options));
  auto stream = Watch();
  for (int i = 0; i < 100; ++i) source_.Push();
  while (source_.made == 0) std::this_thread::yield();
  source_.AwaitNoStream();
  EXPECT_LT(source_.made, 100);
  EXPECT_EQ(stream->ReadToEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LiveCallTest, AQuietStreamIsNotCutOff) {
  RpcServerOptions options;
  options.stall_timeout = absl::Milliseconds(100);
  Start(0, std::move(options));
  auto stream = Watch();
  source_.AwaitParked(1);
  // Longer than a stalled one would be given.
  const int64_t until = NowMs() + 300;
  while (NowMs() < until) std::this_thread::yield();
  source_.Push();
  EXPECT_EQ(stream->Next(), "1");
}

}  // namespace
}  // namespace kith::service
