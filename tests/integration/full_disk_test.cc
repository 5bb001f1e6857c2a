#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <string>

#include "integration/client.h"

// A kithd whose files may not grow stands for one whose disk is full.

namespace kith::integration {
namespace {

constexpr char kSchema[] =
    "definition user {}\n"
    "definition document {\n"
    "  relation viewer: user\n"
    "}\n";

void LimitFiles(pid_t pid, rlim_t bytes) {
  const rlimit limit = {bytes, RLIM_INFINITY};
  ASSERT_EQ(prlimit(pid, RLIMIT_FSIZE, &limit, nullptr), 0);
}

TEST(FullDiskTest, EndsWritesButNotReadsAndARestartCuresIt) {
  // Inherited by the server: it is to see the error, not the signal.
  signal(SIGXFSZ, SIG_IGN);
  ServerProcess server;
  server.Start();
  {
    Client client(server.address());
    ASSERT_TRUE(client.WriteSchema(kSchema).ok());
    ASSERT_TRUE(client.Write({Touch("document:a#viewer@user:anne")}).ok());
    LimitFiles(server.pid(), 0);
    for (int i = 0; i < 3; ++i) {
      const grpc::Status status =
          client.Write({Touch("document:b#viewer@user:anne")});
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE)
          << status.error_message();
      EXPECT_EQ(InfoOf(status).reason(), "ERROR_REASON_SERVICE_READ_ONLY");
      EXPECT_EQ(client.Answer("document:a", "viewer", "user:anne"), "HAS");
      EXPECT_EQ(client.Answer("document:b", "viewer", "user:anne"), "NO");
    }
    // Space alone is no cure: what the failed write left is not known.
    LimitFiles(server.pid(), RLIM_INFINITY);
    EXPECT_FALSE(client.Write({Touch("document:c#viewer@user:anne")}).ok());
  }
  EXPECT_EQ(server.Stop(), 0) << server.Log();
  server.Start();
  Client client(server.address());
  EXPECT_EQ(client.Answer("document:a", "viewer", "user:anne"), "HAS");
  EXPECT_TRUE(client.Write({Touch("document:b#viewer@user:anne")}).ok());
  EXPECT_EQ(client.Stored("document").size(), 2u);
}

}  // namespace
}  // namespace kith::integration
