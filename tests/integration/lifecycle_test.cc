// Starting, stopping and what survives it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSchema[] =
    "definition user {}\n"
    "definition document {\n\trelation viewer: user\n}\n";

TEST(LifecycleTest, RestartsKeepSchemaDataAndTokens) {
  ServerProcess server;
  server.Start();
  std::string token;
  {
    Client client(server.address());
    ASSERT_TRUE(client.WriteSchema(kSchema).ok());
    ASSERT_TRUE(
        client.Write({Touch("document:a#viewer@user:anne")}, &token).ok());
  }
  for (const bool kill : {false, true}) {
    if (kill) {
      server.Kill();
    } else {
      EXPECT_EQ(server.Stop(), 0);
    }
    server.Start();
    Client client(server.address());
    EXPECT_THAT(client.Stored("document"),
                ElementsAre("document:a#viewer@user:anne"));
    auto request = CheckOf("document:a", "viewer", "user:anne");
    request.mutable_consistency()->mutable_at_exact_snapshot()->set_token(
        token);
    wire::CheckPermissionResponse response;
    const grpc::Status status = client.Check(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.permissionship(),
              wire::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION);
  }
}

// Writes distinct relationships from several threads until calls fail, and
// keeps those that were acknowledged.
class WriteLoad {
 public:
  explicit WriteLoad(const std::string& address) : client_(address) {
    for (int t = 0; t < 4; ++t) {
      threads_.emplace_back([this, t] { Run(t); });
    }
  }
  ~WriteLoad() { Join(); }

  void WaitForAcknowledged(size_t count) {
    while (acknowledged_count_ < count) std::this_thread::yield();
  }
  std::set<std::string> Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return acknowledged_;
  }

 private:
  void Run(int thread) {
    for (int i = 0;; ++i) {
      const std::string text =
          fmt::format("document:t{}-{}#viewer@user:anne", thread, i);
      if (!client_.Write({Create(text)}).ok()) return;
      std::lock_guard<std::mutex> lock(mutex_);
      acknowledged_.insert(text);
      ++acknowledged_count_;
    }
  }

  Client client_;
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::atomic<size_t> acknowledged_count_ = 0;
  std::vector<std::thread> threads_;
};

TEST(LifecycleTest, StoppingUnderLoadLosesNoAcknowledgedWrite) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    ServerProcess server;
    server.Start();
    Client client(server.address());
    ASSERT_TRUE(client.WriteSchema(kSchema).ok());
    WriteLoad load(server.address());
    load.WaitForAcknowledged(200);
    server.Signal(signal);
    EXPECT_EQ(server.Wait(), signal == SIGKILL ? 128 + SIGKILL : 0)
        << server.Log();
    const std::set<std::string> acknowledged = load.Join();
    EXPECT_GE(acknowledged.size(), 200u);
    server.Start();
    Client after(server.address());
    const auto stored = after.Stored("document");
    const std::set<std::string> found(stored.begin(), stored.end());
    for (const std::string& text : acknowledged) {
      EXPECT_TRUE(found.contains(text)) << text << " is lost";
    }
    // Each thread had one write in flight, which may or may not be there.
    EXPECT_LE(found.size(), acknowledged.size() + 4);
  }
}

TEST(LifecycleTest, HealthSaysNotServingWhileDraining) {
  ServerProcess server;
  server.Start({"--drain-delay", "1h"});
  const auto stub = grpc::health::v1::Health::NewStub(grpc::CreateChannel(
      server.address(), grpc::InsecureChannelCredentials()));
  const auto status = [&stub] {
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_TRUE(stub->Check(NewContext("").get(), {}, &response).ok());
    return response.status();
  };
  using Response = grpc::health::v1::HealthCheckResponse;
  EXPECT_EQ(status(), Response::SERVING);
  server.Signal(SIGTERM);
  while (status() == Response::SERVING) std::this_thread::yield();
  EXPECT_EQ(status(), Response::NOT_SERVING);
  // The second signal does not wait.
  EXPECT_EQ(server.Stop(), 128 + SIGTERM);
}

TEST(LifecycleTest, TwoServersCannotShareADirectory) {
  ServerProcess server;
  server.Start();
  const support::ProcessResult second =
      support::RunKithd({"serve", "--data", server.data_dir(), "--insecure",
                         "--grpc-addr", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr("cannot serve"));
}

TEST(LifecycleTest, LogsNameTheStartButNoSecretsAndNoData) {
  ServerProcess server;
  server.Start({"--log-level", "debug", "--log-format", "json"});
  auto client = std::make_unique<Client>(server.address());
  ASSERT_TRUE(client->WriteSchema(kSchema).ok());
  ASSERT_TRUE(
      client->Write({Touch("document:canary-id#viewer@user:canary-s")}).ok());
  EXPECT_EQ(client->Answer("document:canary-id", "canary_p", "user:canary-s")
                .find("HAS"),
            std::string::npos);
  CallByName(client->channel(), "/canary.Service/Method", "canary-key");
  client.reset();
  EXPECT_EQ(server.Stop(), 0);
  const std::string log = server.Log();
  EXPECT_THAT(log, HasSubstr("\"msg\":\"serving\",\"address\":\"" +
                             server.address() + "\""));
  EXPECT_THAT(log, HasSubstr("\"data\":\"" + server.data_dir() + "\""));
  EXPECT_THAT(log, HasSubstr("\"version\":\""));
  EXPECT_THAT(log, HasSubstr("\"code\":\"FAILED_PRECONDITION\""));
  EXPECT_THAT(log, HasSubstr("\"msg\":\"stopped\""));
  EXPECT_THAT(log, Not(HasSubstr("canary")));
  EXPECT_THAT(log, Not(HasSubstr(ServerProcess::kKey)));
}

TEST(LifecycleTest, WrongSettingsSayWhatToDo) {
  const TempDir dir;
  const std::string config = dir.Write("kith.toml", "grpc_adr = \"x\"\n");
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{"serve", "--data", dir / "d"}, "--insecure to let everybody call"},
      {{"serve", "--insecure"}, "give --data DIR"},
      {{"serve", "--insecure", "--data", dir / "d", "--tls-cert", "x"},
       "--tls-cert and --tls-key need each other"},
      {{"serve", "--config", config}, "unknown key \"grpc_adr\""},
      {{"serve", "--gc-window", "soon"}, "gc-window: \"soon\" must be a dur"},
      {{"serve", "--no-such-flag"}, "--no-such-flag"},
      {{}, "serve"},
  };
  for (const auto& test_case : cases) {
    const support::ProcessResult result =
        support::RunKithd(test_case.arguments);
    EXPECT_EQ(result.exit_code, 2) << test_case.message;
    EXPECT_THAT(result.output, HasSubstr(test_case.message));
  }
}

TEST(LifecycleTest, VersionAndHelp) {
  const support::ProcessResult version = support::RunKithd({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.output, ::testing::MatchesRegex("kithd [0-9.]+\n"));
  const support::ProcessResult help = support::RunKithd({"serve", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* text : {"--grpc-addr", "[127.0.0.1:50051]",
                           "(KITH_GC_WINDOW)", "[24h]", "--config"}) {
    EXPECT_THAT(help.output, HasSubstr(text));
  }
}

}  // namespace
}  // namespace kith::integration
