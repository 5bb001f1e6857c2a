#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/permission_service.pb.h"
#include "base/fault.h"
#include "kith/database.h"
#include "service/lookup_service.h"
#include "service/message_bytes.h"
#include "service/method_table.h"

// A lookup at work ends when its caller went away: from the context of the call
// to the loops of the engine.

namespace kith {
namespace {

namespace wire = authzed::api::v1;

constexpr int kMembers = 10'000;

class LastResult final : public service::CallSink {
 public:
  void Produced(absl::StatusOr<bool> more) override { result = more; }
  void TurnedOutLong() override { FAIL() << "streams are made by workers"; }

  absl::StatusOr<bool> result = false;
};

class LookupCancellationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.in_memory = true;
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    const auto schema = database_->WriteSchema(
        "definition user {} definition team { relation member: user }");
    ASSERT_TRUE(schema.ok()) << schema.status();
    std::vector<Relationship> rows;
    for (int i = 0; i < kMembers; ++i) {
      const std::string id = std::to_string(i);
      rows.emplace_back(ObjectRef("team", id), "member",
                        SubjectRef(ObjectRef("user", "all")));
      rows.emplace_back(ObjectRef("team", "all"), "member",
                        SubjectRef(ObjectRef("user", id)));
    }
    auto import = database_->NewImport({});
    ASSERT_TRUE(import->Add(std::move(rows)).ok());
    ASSERT_TRUE(import->Commit().ok());
    service::AddLookupMethods(database_.get(), &methods_);
  }
  void TearDown() override { SetFaultHook("lookup.look", {}); }

  // Reads all of an answer whose caller goes away when the lookup looks for the
  // `look`th time whether he is still there. How it ends.
  absl::Status Read(const std::string& method,
                    const google::protobuf::Message& request, int look) {
    service::CallContext context;
    looks_ = 0;
    SetFaultHook("lookup.look", [&] {
      if (++looks_ == look) context.cancelled = true;
      return absl::OkStatus();
    });
    for (const service::Method& known : methods_.methods()) {
      if (!known.name.ends_with(method)) continue;
      const auto body = known.make_body(&context);
      grpc::ByteBuffer bytes;
      EXPECT_TRUE(service::SerializeMessage(request, &bytes).ok());
      EXPECT_TRUE(body->Read(&bytes).ok());
      LastResult sink;
      for (sink.result = true; sink.result.ok() && *sink.result; ++messages_) {
        body->Next(&bytes, &sink);
      }
      return sink.result.status();
    }
    return absl::NotFoundError(method);
  }

  // A lookup reads in vain until its next look, and no further.
  void ExpectEnds(const std::string& method,
                  const google::protobuf::Message& request) {
    ASSERT_TRUE(Read(method, request, 0).ok());
    const int all = looks_;
    ASSERT_GT(all, 4);
    for (const int look : {1, 2, all}) {
      EXPECT_EQ(Read(method, request, look).code(),
                absl::StatusCode::kCancelled);
      EXPECT_EQ(looks_, look);
    }
  }

  std::unique_ptr<Database> database_;
  service::MethodTable methods_;
  int looks_ = 0;
  int messages_ = 0;
};

TEST_F(LookupCancellationTest, LookupSubjectsEnds) {
  wire::LookupSubjectsRequest request;
  request.mutable_resource()->set_object_type("team");
  request.mutable_resource()->set_object_id("all");
  request.set_permission("member");
  request.set_subject_object_type("user");
  ExpectEnds("/LookupSubjects", request);
  EXPECT_GT(messages_, kMembers) << "the whole answer was read once";
}

TEST_F(LookupCancellationTest, LookupResourcesEnds) {
  wire::LookupResourcesRequest request;
  request.set_resource_object_type("team");
  request.set_permission("member");
  request.mutable_subject()->mutable_object()->set_object_type("user");
  request.mutable_subject()->mutable_object()->set_object_id("all");
  ExpectEnds("/LookupResources", request);
  EXPECT_GT(messages_, kMembers) << "the whole answer was read once";
}

}  // namespace
}  // namespace kith
