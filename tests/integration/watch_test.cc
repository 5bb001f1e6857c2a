// Watch through a real server.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/watch_service.grpc.pb.h"
#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using grpc::StatusCode;

constexpr char kSchema[] = R"(
definition user {}

definition team {
	relation member: user
}

definition document {
	relation viewer: user
}
)";

// What a response says, as one line.
std::string Describe(const wire::WatchResponse& response) {
  std::string text;
  for (const auto& update : response.updates()) {
    const bool is_delete =
        update.operation() == wire::RelationshipUpdate::OPERATION_DELETE;
    text += (is_delete ? "-" : "+") + Text(update.relationship()) + " ";
  }
  if (response.schema_updated()) text += "schema ";
  if (response.is_checkpoint()) text += "checkpoint ";
  if (!text.empty()) text.pop_back();
  return text;
}

// A watch in progress.
class Stream {
 public:
  Stream(const std::string& address, const wire::WatchRequest& request)
      : stub_(wire::WatchService::NewStub(grpc::CreateChannel(
            address, grpc::InsecureChannelCredentials()))),
        context_(NewContext(ServerProcess::kKey)),
        reader_(stub_->Watch(context_.get(), request)) {}

  // From then on everything that is written comes.
  void WaitForStart() { reader_->WaitForInitialMetadata(); }
  wire::WatchResponse Next() {
    wire::WatchResponse response;
    EXPECT_TRUE(reader_->Read(&response)) << Finish().error_message();
    return response;
  }
  std::string NextText() { return Describe(Next()); }
  // All that still comes, and how it ends.
  grpc::Status ReadToEnd(std::vector<wire::WatchResponse>* responses) {
    wire::WatchResponse response;
    while (reader_->Read(&response)) responses->push_back(response);
    return Finish();
  }
  grpc::Status Finish() { return reader_->Finish(); }
  void Cancel() { context_->TryCancel(); }

 private:
  const std::unique_ptr<wire::WatchService::Stub> stub_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReader<wire::WatchResponse>> reader_;
};

class WatchTest : public ::testing::Test {
 protected:
  void Start(const std::vector<std::string>& flags = {}) {
    server_.Start(flags);
    client_ = std::make_unique<Client>(server_.address());
    const grpc::Status status = client_->WriteSchema(kSchema);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  std::unique_ptr<Stream> Watch(const wire::WatchRequest& request = {}) {
    return std::make_unique<Stream>(server_.address(), request);
  }
  grpc::Status EndOf(const wire::WatchRequest& request) {
    std::vector<wire::WatchResponse> responses;
    return Watch(request)->ReadToEnd(&responses);
  }

  std::string MustWrite(std::vector<wire::RelationshipUpdate> updates) {
    std::string token;
    const grpc::Status status = client_->Write(std::move(updates), &token);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return token;
  }
  // About 2 MB.
  void WriteLargeCommit(int number) {
    std::vector<wire::RelationshipUpdate> updates;
    for (int i = 0; i < 1000; ++i) {
      updates.push_back(Touch(fmt::format("document:{}-{}-{:01000}#viewer@"
                                          "user:{:01000}",
                                          number, i, 0, i)));
    }
    MustWrite(std::move(updates));
  }

  static wire::WatchRequest From(const std::string& token) {
    wire::WatchRequest request;
    request.mutable_optional_start_cursor()->set_token(token);
    return request;
  }

  uint64_t ServerMegabytes() {
    std::ifstream status(fmt::format("/proc/{}/status", server_.pid()));
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("VmRSS:", 0) == 0) return std::stoull(line.substr(6)) >> 10;
    }
    ADD_FAILURE() << "no VmRSS";
    return 0;
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
};

TEST_F(WatchTest, UpdatesComeAsTheyAreCommitted) {
  Start();
  auto stream = Watch();
  stream->WaitForStart();
  const std::string token =
      MustWrite({Create("document:a#viewer@user:anne"),
                 Touch("team:eng#member@user:anne")});
  const wire::WatchResponse response = stream->Next();
  EXPECT_EQ(Describe(response),
            "+document:a#viewer@user:anne +team:eng#member@user:anne");
  EXPECT_EQ(response.updates(0).operation(),
            wire::RelationshipUpdate::OPERATION_TOUCH);
  EXPECT_EQ(response.changes_through().token(), token);
  EXPECT_FALSE(response.has_optional_transaction_metadata());
  EXPECT_EQ(response.full_revision_metadata_size(), 0);
  MustWrite({Delete("document:a#viewer@user:anne")});
  EXPECT_EQ(stream->NextText(), "-document:a#viewer@user:anne");
  stream->Cancel();
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
}

TEST_F(WatchTest, TypesAndFiltersSelect) {
  Start();
  wire::WatchRequest types;
  types.add_optional_object_types("team");
  wire::WatchRequest filters;
  *filters.add_optional_relationship_filters() = Filter("document", "b");
  auto by_type = Watch(types);
  auto by_filter = Watch(filters);
  by_type->WaitForStart();
  by_filter->WaitForStart();
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:b#viewer@user:anne"),
             Touch("team:eng#member@user:anne")});
  EXPECT_EQ(by_type->NextText(), "+team:eng#member@user:anne");
  EXPECT_EQ(by_filter->NextText(), "+document:b#viewer@user:anne");
}

TEST_F(WatchTest, MetadataSchemaAndCheckpointsComeInOrder) {
  Start({"--watch-heartbeat", "1h"});
  wire::WatchRequest request;
  request.add_optional_update_kinds(wire::WATCH_KIND_INCLUDE_SCHEMA_UPDATES);
  request.add_optional_update_kinds(wire::WATCH_KIND_INCLUDE_CHECKPOINTS);
  auto stream = Watch(request);
  EXPECT_EQ(stream->NextText(), "checkpoint");
  wire::WriteRelationshipsRequest write;
  *write.add_updates() = Touch("document:a#viewer@user:anne");
  (*write.mutable_optional_transaction_metadata()->mutable_fields())["who"]
      .set_string_value("anne");
  wire::WriteRelationshipsResponse written;
  ASSERT_TRUE(client_->Write(write, &written).ok());
  ASSERT_TRUE(
      client_->WriteSchema(std::string(kSchema) + "definition folder {}").ok());
  const wire::WatchResponse updates = stream->Next();
  EXPECT_EQ(Describe(updates), "+document:a#viewer@user:anne")
      << "updates come though only other kinds were named";
  EXPECT_EQ(updates.optional_transaction_metadata().fields().at("who")
                .string_value(),
            "anne");
  ASSERT_EQ(updates.full_revision_metadata_size(), 1);
  const wire::WatchResponse checkpoint = stream->Next();
  EXPECT_EQ(Describe(checkpoint), "checkpoint");
  EXPECT_EQ(checkpoint.changes_through().token(),
            written.written_at().token());
  EXPECT_FALSE(checkpoint.has_optional_transaction_metadata());
  EXPECT_EQ(stream->NextText(), "schema");
  EXPECT_EQ(stream->NextText(), "checkpoint");
}

TEST_F(WatchTest, HeartbeatsComeWithoutWrites) {
  Start({"--watch-heartbeat", "1ms"});
  wire::WatchRequest request;
  request.add_optional_update_kinds(wire::WATCH_KIND_INCLUDE_CHECKPOINTS);
  auto stream = Watch(request);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(stream->NextText(), "checkpoint");
}

TEST_F(WatchTest, RequestsThatMakeNoSenseAreRefused) {
  Start();
  wire::WatchRequest both;
  both.add_optional_object_types("document");
  *both.add_optional_relationship_filters() = Filter("document");
  EXPECT_EQ(EndOf(both).error_code(), StatusCode::INVALID_ARGUMENT);
  wire::WatchRequest kind;
  kind.add_optional_update_kinds(wire::WATCH_KIND_UNSPECIFIED);
  EXPECT_EQ(EndOf(kind).error_code(), StatusCode::INVALID_ARGUMENT);
  wire::WatchRequest unknown;
  unknown.add_optional_object_types("nosuch");
  const grpc::Status status = EndOf(unknown);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(InfoOf(status).reason(), "ERROR_REASON_UNKNOWN_DEFINITION");
  EXPECT_EQ(EndOf(From("")).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(EndOf(From("no token")).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(WatchTest, StoppingTheServerEndsWatchesAtOnceAndTheyResume) {
  // Calls in progress may take an hour: a parked watch must not.
  Start({"--drain-timeout", "1h"});
  auto stream = Watch();
  stream->WaitForStart();
  const std::string token = MustWrite({Touch("document:a#viewer@user:anne")});
  EXPECT_EQ(stream->NextText(), "+document:a#viewer@user:anne");
  EXPECT_EQ(server_.Stop(), 0);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("the server is stopping"));
  EXPECT_EQ(InfoOf(status).metadata().at("resume_token"), token);

  server_.Start();
  client_ = std::make_unique<Client>(server_.address());
  MustWrite({Touch("document:b#viewer@user:anne")});
  EXPECT_EQ(Watch(From(token))->NextText(), "+document:b#viewer@user:anne");
}

TEST_F(WatchTest, AConsumerThatDoesNotReadIsCutOffAndResumesWithoutLoss) {
  Start({"--watch-stall-timeout", "200ms"});
  const std::string start = MustWrite({Touch("team:eng#member@user:anne")});
  constexpr int kCommits = 12;
  for (int i = 0; i < kCommits; ++i) WriteLargeCommit(i);
  size_t updates = 0;
  std::string token = start;
  bool was_cut_off = false;
  while (updates < kCommits * 1000u) {
    auto stream = Watch(From(token));
    stream->WaitForStart();
    // Until it is cut off or cancelled, which shows in the server's log of
    // nothing: so the time is spent on something else that it must survive.
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::milliseconds(was_cut_off ? 0 : 300);
    while (std::chrono::steady_clock::now() < until) {
      ASSERT_TRUE(client_->ReadSchema().ok());
    }
    std::vector<wire::WatchResponse> responses;
    wire::WatchResponse response;
    size_t in_commit = 0;
    while (updates + in_commit < kCommits * 1000u) {
      // Parts of a commit count when the last of them came.
      std::vector<wire::WatchResponse> rest;
      const grpc::Status status = stream->ReadToEnd(&rest);
      for (const auto& one : rest) {
        in_commit += one.updates_size();
        if (one.changes_through().token() == token) continue;
        token = one.changes_through().token();
        updates += std::exchange(in_commit, 0);
      }
      was_cut_off |= status.error_code() == StatusCode::RESOURCE_EXHAUSTED ||
                     status.error_code() == StatusCode::CANCELLED;
      if (status.error_code() == StatusCode::RESOURCE_EXHAUSTED) {
        EXPECT_THAT(status.error_message(), HasSubstr("watch disconnected"));
        EXPECT_EQ(InfoOf(status).metadata().at("resume_token"), token);
      }
      break;
    }
  }
  EXPECT_EQ(updates, kCommits * 1000u);
  EXPECT_TRUE(was_cut_off);
}

TEST_F(WatchTest, ManyConsumersThatDoNotReadCostTheServerNoMemory) {
  // 30 watches of 24 MB each would be 720 MB, were they kept.
  constexpr uint64_t kBoundMegabytes = 300;
  Start({"--watch-stall-timeout", "1h", "--block-cache-bytes", "8000000"});
  for (int i = 0; i < 12; ++i) WriteLargeCommit(i);
  const uint64_t before = ServerMegabytes();
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 30; ++i) streams.push_back(Watch());
  for (const auto& stream : streams) stream->WaitForStart();
  for (int i = 0; i < 12; ++i) WriteLargeCommit(100 + i);
  // Each has got as far as its window lets it once others are served.
  MustWrite({Touch("team:eng#member@user:anne")});
  EXPECT_LT(ServerMegabytes(), before + kBoundMegabytes);
  for (const auto& stream : streams) stream->Cancel();
  for (const auto& stream : streams) {
    std::vector<wire::WatchResponse> rest;
    EXPECT_EQ(stream->ReadToEnd(&rest).error_code(), StatusCode::CANCELLED);
  }
}

}  // namespace
}  // namespace kith::integration
