#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "authzed/api/v1/experimental_service.grpc.pb.h"
#include "integration/client.h"
#include "kith/v1/bulk_service.grpc.pb.h"

// Bulk import and export, their older names and relationship counters.

namespace kith::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using wire::ExperimentalService;
using wire::PermissionsService;
using Code = grpc::StatusCode;

constexpr char kSchema[] = R"(use expiration
definition user {}
definition document {
  relation viewer: user | user with expiration
  permission view = viewer
}
definition team { relation member: user }
)";

std::string Doc(int number, const char* subject = "user:anne") {
  return fmt::format("document:d{:05}#viewer@{}", number, subject);
}

class BulkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start(
        {"--max-import-bytes=6291456", "--max-import-file-bytes=0"});
    client_ = std::make_unique<Client>(server_.address());
    ASSERT_TRUE(client_->WriteSchema(kSchema).ok());
    permissions_ = PermissionsService::NewStub(client_->channel());
    older_ = ExperimentalService::NewStub(client_->channel());
    bulk_ = kith::v1::BulkService::NewStub(client_->channel());
  }

  std::unique_ptr<grpc::ClientContext> Context() {
    return NewContext(ServerProcess::kKey);
  }

  // Each inner list is one message.
  grpc::Status Import(const std::vector<std::vector<std::string>>& messages,
                      uint64_t* loaded = nullptr) {
    const auto context = Context();
    wire::ImportBulkRelationshipsResponse response;
    const auto writer =
        permissions_->ImportBulkRelationships(context.get(), &response);
    for (const auto& message : messages) {
      wire::ImportBulkRelationshipsRequest request;
      for (const std::string& text : message) {
        *request.add_relationships() = Rel(text);
      }
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (loaded != nullptr) *loaded = response.num_loaded();
    return status;
  }

  grpc::Status Export(
      const wire::ExportBulkRelationshipsRequest& request,
      std::vector<wire::ExportBulkRelationshipsResponse>* messages) {
    const auto context = Context();
    const auto reader =
        permissions_->ExportBulkRelationships(context.get(), request);
    wire::ExportBulkRelationshipsResponse response;
    messages->clear();
    while (reader->Read(&response)) messages->push_back(response);
    return reader->Finish();
  }

  static std::vector<std::string> TextsOf(
      const std::vector<wire::ExportBulkRelationshipsResponse>& messages) {
    std::vector<std::string> texts;
    for (const auto& message : messages) {
      for (const auto& relationship : message.relationships()) {
        texts.push_back(Text(relationship));
      }
    }
    return texts;
  }

  std::vector<std::string> All() {
    std::vector<wire::ExportBulkRelationshipsResponse> messages;
    EXPECT_TRUE(Export({}, &messages).ok());
    return TextsOf(messages);
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<PermissionsService::Stub> permissions_;
  std::unique_ptr<ExperimentalService::Stub> older_;
  std::unique_ptr<kith::v1::BulkService::Stub> bulk_;
};

TEST_F(BulkTest, AnImportOfSeveralMessagesIsExportedInPagesThatResume) {
  std::vector<std::vector<std::string>> messages(4);
  std::vector<std::string> expected;
  for (int i = 0; i < 20'000; ++i) {
    expected.push_back(Doc(i));
    messages[i / 5000].push_back(Doc(i));
  }
  uint64_t loaded = 0;
  const grpc::Status imported = Import(messages, &loaded);
  ASSERT_TRUE(imported.ok()) << imported.error_message();
  EXPECT_EQ(loaded, 20'000u);

  wire::ExportBulkRelationshipsRequest request;
  std::vector<wire::ExportBulkRelationshipsResponse> pages;
  ASSERT_TRUE(Export(request, &pages).ok());
  EXPECT_EQ(TextsOf(pages), expected);
  EXPECT_EQ(pages.size(), 2u);
  request.set_optional_limit(3000);
  ASSERT_TRUE(Export(request, &pages).ok());
  ASSERT_EQ(pages.size(), 7u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(pages[i].relationships_size(), 3000);
  EXPECT_EQ(TextsOf(pages), expected);

  // What is written later is not in the rest of an export.
  ASSERT_TRUE(client_->Write({Delete(Doc(19'999)), Touch(Doc(99'999))}).ok());
  *request.mutable_optional_cursor() = pages[4].after_result_cursor();
  request.set_optional_limit(10'000);
  ASSERT_TRUE(Export(request, &pages).ok());
  EXPECT_EQ(TextsOf(pages), std::vector<std::string>(expected.begin() + 15'000,
                                                     expected.end()));
}

TEST_F(BulkTest, AnErrorInTheMiddleOrAtTheEndWritesNothing) {
  std::vector<std::string> first;
  for (int i = 0; i < 1000; ++i) first.push_back(Doc(i));
  const grpc::Status unknown =
      Import({first, {Doc(5000), "document:x#reader@user:anne"}, {Doc(6000)}});
  EXPECT_EQ(unknown.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_EQ(InfoOf(unknown).reason(),
            "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION");
  EXPECT_THAT(unknown.error_message(), HasSubstr("relationships[1001]"));
  EXPECT_THAT(All(), IsEmpty());

  const grpc::Status twice = Import({first, {Doc(0)}});
  EXPECT_EQ(twice.error_code(), Code::ALREADY_EXISTS);
  EXPECT_EQ(InfoOf(twice).reason(),
            "ERROR_REASON_ATTEMPT_TO_RECREATE_RELATIONSHIP");
  EXPECT_EQ(InfoOf(twice).metadata().at("relationship"), Doc(0));
  EXPECT_THAT(All(), IsEmpty());

  ASSERT_TRUE(client_->Write({Touch(Doc(999))}).ok());
  const grpc::Status stored = Import({first});
  EXPECT_EQ(stored.error_code(), Code::ALREADY_EXISTS);
  EXPECT_EQ(InfoOf(stored).metadata().at("resource_object_id"), "d00999");
  EXPECT_EQ(All(), std::vector<std::string>{Doc(999)});
}

TEST_F(BulkTest, ACancelledImportWritesNothing) {
  for (int i = 0; i < 50; ++i) {
    const auto context = Context();
    wire::ImportBulkRelationshipsResponse response;
    const auto writer =
        permissions_->ImportBulkRelationships(context.get(), &response);
    wire::ImportBulkRelationshipsRequest request;
    *request.add_relationships() = Rel(Doc(i));
    ASSERT_TRUE(writer->Write(request));
    context->TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), Code::CANCELLED);
  }
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(BulkTest, AnImportOverTheLimitSaysWhatElseToDo) {
  std::vector<std::vector<std::string>> messages;
  for (int message = 0; message < 50; ++message) {
    for (int i = 0; i < 4000; ++i) {
      if (i == 0) messages.emplace_back();
      messages.back().push_back(Doc(message * 4000 + i));
    }
  }
  const grpc::Status status = Import(messages);
  EXPECT_EQ(status.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("6291456 bytes"));
  EXPECT_THAT(status.error_message(), HasSubstr("chunks"));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(BulkTest, ExportErrorsAreThoseOfTheTable) {
  std::vector<wire::ExportBulkRelationshipsResponse> pages;
  wire::ExportBulkRelationshipsRequest request;
  request.set_optional_limit(10'001);
  const grpc::Status limit = Export(request, &pages);
  EXPECT_EQ(limit.error_code(), Code::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(limit).reason(),
            "ERROR_REASON_EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT");
  request.Clear();
  request.mutable_optional_cursor()->set_token("nonsense");
  EXPECT_EQ(InfoOf(Export(request, &pages)).reason(),
            "ERROR_REASON_INVALID_CURSOR");
  request.Clear();
  request.mutable_optional_relationship_filter()->set_resource_type("folder");
  EXPECT_TRUE(Export(request, &pages).ok());
  EXPECT_THAT(pages, IsEmpty());
}

TEST_F(BulkTest, EveryMessageOfAnExportFitsADefaultClient) {
  const std::string id(1000, 'x');
  for (int batch = 0; batch < 12; ++batch) {
    std::vector<std::string> texts;
    for (int i = 0; i < 1000; ++i) {
      texts.push_back(fmt::format("document:{}{:05}#viewer@user:anne", id,
                                  batch * 1000 + i));
    }
    const grpc::Status status = Import({texts});
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  std::vector<wire::ExportBulkRelationshipsResponse> pages;
  const grpc::Status status = Export({}, &pages);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(pages.size(), 2u);
  EXPECT_EQ(TextsOf(pages).size(), 12'000u);
}

TEST_F(BulkTest, AChunkedImportAcknowledgesEachCommit) {
  using Request = kith::v1::ImportRelationshipsRequest;
  const auto context = Context();
  const auto stream = bulk_->ImportRelationships(context.get());
  Request request;
  request.set_mode(Request::MODE_TOUCH);
  kith::v1::ImportRelationshipsResponse response;
  std::set<std::string> tokens;
  for (int chunk = 0; chunk < 5; ++chunk) {
    request.clear_relationships();
    for (int i = 0; i < 100; ++i) {
      *request.add_relationships() = Rel(Doc(chunk * 100 + i));
    }
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.num_loaded(), (chunk + 1) * 100u);
    tokens.insert(response.written_at().token());
    EXPECT_EQ(All().size(), (chunk + 1) * 100u) << "acknowledged is committed";
    request.clear_mode();
  }
  EXPECT_EQ(tokens.size(), 5u);
  // An error says where, and leaves what was acknowledged.
  *request.mutable_relationships(7) = Rel("document:x#view@user:anne");
  ASSERT_TRUE(stream->Write(request));
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(InfoOf(status).reason(), "ERROR_REASON_CANNOT_UPDATE_PERMISSION");
  EXPECT_THAT(status.error_message(), HasSubstr("relationships[507]"));
  EXPECT_EQ(All().size(), 500u);
}

TEST_F(BulkTest, AChunkedImportNeedsOneMode) {
  using Request = kith::v1::ImportRelationshipsRequest;
  for (const bool first : {true, false}) {
    const auto context = Context();
    const auto stream = bulk_->ImportRelationships(context.get());
    Request request;
    kith::v1::ImportRelationshipsResponse response;
    if (!first) {
      request.set_mode(Request::MODE_CREATE);
      ASSERT_TRUE(stream->Write(request));
      ASSERT_TRUE(stream->Read(&response));
      request.set_mode(Request::MODE_TOUCH);
    }
    stream->Write(request);
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), Code::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("mode: "));
  }
}

TEST_F(BulkTest, TheOlderNamesDoTheSame) {
  auto context = Context();
  wire::BulkImportRelationshipsResponse imported;
  const auto writer = older_->BulkImportRelationships(context.get(), &imported);
  wire::BulkImportRelationshipsRequest in;
  *in.add_relationships() = Rel(Doc(1));
  *in.add_relationships() = Rel("team:eng#member@user:bob");
  ASSERT_TRUE(writer->Write(in));
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(imported.num_loaded(), 2u);

  context = Context();
  const auto reader = older_->BulkExportRelationships(context.get(), {});
  wire::BulkExportRelationshipsResponse exported;
  ASSERT_TRUE(reader->Read(&exported));
  EXPECT_EQ(exported.relationships_size(), 2);
  EXPECT_FALSE(exported.after_result_cursor().token().empty());
  EXPECT_FALSE(reader->Read(&exported));
  EXPECT_TRUE(reader->Finish().ok());

  context = Context();
  wire::BulkCheckPermissionRequest check;
  for (const char* user : {"user:anne", "user:bob", "robot:x"}) {
    auto* item = check.add_items();
    *item->mutable_resource() = Object("document:d00001");
    item->set_permission("view");
    *item->mutable_subject() = Subject(user);
  }
  wire::BulkCheckPermissionResponse answers;
  ASSERT_TRUE(older_->BulkCheckPermission(context.get(), check, &answers).ok());
  ASSERT_EQ(answers.pairs_size(), 3);
  using wire::CheckPermissionResponse;
  EXPECT_EQ(answers.pairs(0).item().permissionship(),
            CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_EQ(answers.pairs(1).item().permissionship(),
            CheckPermissionResponse::PERMISSIONSHIP_NO_PERMISSION);
  EXPECT_EQ(answers.pairs(1).request().subject().object().object_id(), "bob");
  EXPECT_EQ(answers.pairs(2).error().code(), Code::FAILED_PRECONDITION);
}

TEST_F(BulkTest, CountersAreRegisteredCountedAndKeptOverARestart) {
  const auto registered = [this](const std::string& name) {
    wire::ExperimentalRegisterRelationshipCounterRequest request;
    request.set_name(name);
    *request.mutable_relationship_filter() = Filter("document");
    wire::ExperimentalRegisterRelationshipCounterResponse response;
    return older_->ExperimentalRegisterRelationshipCounter(Context().get(),
                                                           request, &response);
  };
  const auto count = [this](uint64_t* number) {
    wire::ExperimentalCountRelationshipsRequest request;
    request.set_name("documents");
    wire::ExperimentalCountRelationshipsResponse response;
    const auto status = older_->ExperimentalCountRelationships(
        Context().get(), request, &response);
    *number = response.read_counter_value().relationship_count();
    if (status.ok()) {
      EXPECT_FALSE(response.read_counter_value().read_at().token().empty());
    }
    return status;
  };
  uint64_t number = 0;
  const grpc::Status missing = count(&number);
  EXPECT_EQ(missing.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_EQ(InfoOf(missing).reason(), "ERROR_REASON_COUNTER_NOT_REGISTERED");
  EXPECT_EQ(InfoOf(missing).metadata().at("counter_name"), "documents");
  EXPECT_EQ(registered("").error_code(), Code::INVALID_ARGUMENT);
  ASSERT_TRUE(registered("documents").ok());
  EXPECT_EQ(InfoOf(registered("documents")).reason(),
            "ERROR_REASON_COUNTER_ALREADY_REGISTERED");
  ASSERT_TRUE(
      client_->Write({Touch(Doc(1)), Touch("team:eng#member@user:bob")}).ok());

  server_.Kill();
  server_.Start();
  client_ = std::make_unique<Client>(server_.address());
  older_ = ExperimentalService::NewStub(client_->channel());
  ASSERT_TRUE(count(&number).ok());
  EXPECT_EQ(number, 1u);
  wire::ExperimentalUnregisterRelationshipCounterRequest request;
  request.set_name("documents");
  wire::ExperimentalUnregisterRelationshipCounterResponse response;
  ASSERT_TRUE(older_
                  ->ExperimentalUnregisterRelationshipCounter(
                      Context().get(), request, &response)
                  .ok());
  EXPECT_EQ(InfoOf(count(&number)).reason(),
            "ERROR_REASON_COUNTER_NOT_REGISTERED");
}

}  // namespace
}  // namespace kith::integration
