#include "service/status.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "google/rpc/error_details.pb.h"

namespace kith::service {
namespace {

TEST(StatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToRpcStatus(absl::OkStatus()).code(), 0);
}

TEST(StatusTest, EveryCodeKeepsItsNumber) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "why");
    const grpc::Status mapped = ToGrpcStatus(status);
    EXPECT_EQ(static_cast<int>(mapped.error_code()), code);
    EXPECT_EQ(mapped.error_message(), "why");
    EXPECT_EQ(mapped.error_details(), "");
  }
}

TEST(StatusTest, ReasonAndMetadataBecomeErrorInfo) {
  const absl::Status status = MakeError(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kUnknownDefinition,
      "unknown definition \"doc\"", {{"definition_name", "doc"}});
  google::rpc::Status rpc;
  ASSERT_TRUE(rpc.ParseFromString(ToGrpcStatus(status).error_details()));
  EXPECT_EQ(rpc.code(), 9);
  EXPECT_EQ(rpc.message(), "unknown definition \"doc\"");
  ASSERT_EQ(rpc.details_size(), 1);
  EXPECT_EQ(rpc.details(0).type_url(),
            "type.googleapis.com/google.rpc.ErrorInfo");
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.domain(), "authzed.com");
  EXPECT_EQ(info.reason(), "ERROR_REASON_UNKNOWN_DEFINITION");
  ASSERT_EQ(info.metadata().size(), 1u);
  EXPECT_EQ(info.metadata().at("definition_name"), "doc");
}

TEST(StatusTest, AnErrorFitsIntoTheTrailersOfClients) {
  std::string id;
  while (id.size() < 1024) id += "\u00e9";
  const std::string pair = id + id;
  const grpc::Status mapped =
      ToGrpcStatus(MakeError(absl::StatusCode::kAlreadyExists,
                             ErrorReason::kAttemptToRecreateRelationship, pair,
                             {{"relationship", pair},
                              {"resource_object_id", id},
                              {"subject_object_id", id}}));
  // What one text may take: percent-encoded, and in base64.
  EXPECT_LE(3 * mapped.error_message().size() +
                4 * (mapped.error_details().size() + 2) / 3,
            7u << 10);
  google::rpc::Status rpc;
  ASSERT_TRUE(rpc.ParseFromString(mapped.error_details()));
  EXPECT_EQ(rpc.message(), mapped.error_message());
  EXPECT_EQ(rpc.message(), id.substr(0, 256) + "...");
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.metadata().at("subject_object_id"), id);
}

TEST(StatusTest, MetadataIsCutOnlyWhenAShortMessageIsNotEnough) {
  const std::string value(9000, 'v');
  const grpc::Status mapped = ToGrpcStatus(
      MakeError(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidFilter,
                "m", {{"filter", value}}));
  google::rpc::Status rpc;
  ASSERT_TRUE(rpc.ParseFromString(mapped.error_details()));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.metadata().at("filter"), value.substr(0, 256) + "...");
}

}  // namespace
}  // namespace kith::service
