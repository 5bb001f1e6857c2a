// Watch through a real server.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "authzed/api/v1/watch_service.grpc.pb.h"
#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
      : stub_(wire::WatchService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))),
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
  // At least `count` updates, then OK; or all until its end.
  grpc::Status ReadUpdates(uint64_t count,
                           std::vector<wire::WatchResponse>* responses) {
    uint64_t seen = 0;
    wire::WatchResponse response;
    while (seen < count) {
      if (!reader_->Read(&response)) return Finish();
      seen += response.updates_size();
      responses->push_back(response);
    }
    return grpc::Status::OK;
  }
  grpc::Status Finish() {
    finished_ = true;
    return reader_->Finish();
  }
  void Cancel() { context_->TryCancel(); }
  ~Stream() {
    if (!finished_) {
      Cancel();
      Finish();
    }
  }

 private:
  const std::unique_ptr<wire::WatchService::Stub> stub_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReader<wire::WatchResponse>> reader_;
  bool finished_ = false;
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
      updates.push_back(
          Touch(fmt::format("document:{}-{}-{:01000}#viewer@"
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
      if (line.rfind("VmRSS:", 0) == 0)
        return std::stoull(line.substr(6)) >> 10;
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
  const std::string token = MustWrite({Create("document:a#viewer@user:anne"),
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
  EXPECT_EQ(
      updates.optional_transaction_metadata().fields().at("who").string_value(),
      "anne");
  ASSERT_EQ(updates.full_revision_metadata_size(), 1);
  const wire::WatchResponse checkpoint = stream->Next();
  EXPECT_EQ(Describe(checkpoint), "checkpoint");
  EXPECT_EQ(checkpoint.changes_through().token(), written.written_at().token());
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
  server_.Signal(SIGTERM);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(server_.Wait(), 0);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("the server is stopping"));
  EXPECT_EQ(InfoOf(status).metadata().at("resume_token"), token);

  server_.Start();
  client_ = std::make_unique<Client>(server_.address());
  MustWrite({Touch("document:b#viewer@user:anne")});
  EXPECT_EQ(Watch(From(token))->NextText(), "+document:b#viewer@user:anne");
}

// A consumer that applies commits whole: parts count when the last one came.
class Consumer {
 public:
  explicit Consumer(std::string start) : token_(std::move(start)) {}

  void Take(const std::vector<wire::WatchResponse>& responses) {
    uint64_t pending = 0;
    for (const wire::WatchResponse& response : responses) {
      pending += response.updates_size();
      if (response.changes_through().token() == token_) continue;
      token_ = response.changes_through().token();
      updates_ += std::exchange(pending, 0);
    }
  }
  const std::string& token() const { return token_; }
  uint64_t updates() const { return updates_; }

 private:
  std::string token_;
  uint64_t updates_ = 0;
};

TEST_F(WatchTest, AConsumerThatDoesNotReadIsCutOffAndResumesWithoutLoss) {
  constexpr auto kTimeout = std::chrono::milliseconds(300);
  constexpr uint64_t kUpdates = 12'000;
  Start({"--watch-stall-timeout", "300ms"});
  const std::string start = MustWrite({Touch("team:eng#member@user:anne")});
  for (uint64_t i = 0; i < kUpdates / 1000; ++i) WriteLargeCommit(i);
  Consumer consumer(start);
  // On a busy machine an attempt may read too early, or so late that the call
  // is cancelled.
  for (bool cut_off = false; !cut_off;) {
    consumer = Consumer(start);
    auto stream = Watch(From(start));
    stream->WaitForStart();
    const auto until = std::chrono::steady_clock::now() + kTimeout * 4 / 3;
    while (std::chrono::steady_clock::now() < until) {
      ASSERT_TRUE(client_->ReadSchema().ok()) << "others are served meanwhile";
    }
    std::vector<wire::WatchResponse> responses;
    const grpc::Status status = stream->ReadUpdates(kUpdates, &responses);
    consumer.Take(responses);
    cut_off = status.error_code() == StatusCode::RESOURCE_EXHAUSTED;
    if (!cut_off) continue;
    EXPECT_THAT(status.error_message(), HasSubstr("watch disconnected"));
    EXPECT_EQ(InfoOf(status).metadata().at("resume_token"), consumer.token());
  }
  EXPECT_LT(consumer.updates(), kUpdates);
  while (consumer.updates() < kUpdates) {
    std::vector<wire::WatchResponse> responses;
    Watch(From(consumer.token()))
        ->ReadUpdates(kUpdates - consumer.updates(), &responses);
    consumer.Take(responses);
  }
  EXPECT_EQ(consumer.updates(), kUpdates);
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
