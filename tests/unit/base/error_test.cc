#include "base/error.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(ErrorTest, InfoSurvivesTheStatus) {
  const absl::Status status = MakeError(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kUnknownDefinition,
      "type \"doc\" is not in the schema",
      {{"definition_name", "doc"}, {"odd", std::string_view("\0;\xff", 3)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const absl::Status copy = status;
  const auto info = GetErrorInfo(copy);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, ErrorReason::kUnknownDefinition);
  EXPECT_EQ(info->metadata.at("definition_name"), "doc");
  EXPECT_EQ(info->metadata.at("odd"), std::string("\0;\xff", 3));
  EXPECT_EQ(info->metadata.size(), 2u);
}

TEST(ErrorTest, PlainStatusesHaveNoInfo) {
  EXPECT_FALSE(GetErrorInfo(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetErrorInfo(InvalidArgument("no")).has_value());
  EXPECT_EQ(InvalidArgument("no").code(), absl::StatusCode::kInvalidArgument);
}

TEST(ErrorTest, APrefixChangesTheMessageAlone) {
  const absl::Status error =
      MakeError(absl::StatusCode::kNotFound, ErrorReason::kUnknownCaveat,
                "no such caveat", {{"caveat_name", "c"}});
  const absl::Status prefixed = Prefixed(error, "updates[3]: ");
  EXPECT_EQ(prefixed.code(), error.code());
  EXPECT_EQ(std::string(prefixed.message()), "updates[3]: no such caveat");
  ASSERT_TRUE(GetErrorInfo(prefixed).has_value());
  EXPECT_EQ(GetErrorInfo(prefixed)->reason, ErrorReason::kUnknownCaveat);
  EXPECT_EQ(GetErrorInfo(prefixed)->metadata.at("caveat_name"), "c");
}

TEST(ErrorTest, EveryReasonHasItsOwnWireName) {
  EXPECT_EQ(ErrorReasonName(ErrorReason::kUnknownDefinition),
            "ERROR_REASON_UNKNOWN_DEFINITION");
  EXPECT_EQ(ErrorReasonName(ErrorReason::kDatastoreNotMigrated),
            "ERROR_REASON_DATASTORE_NOT_MIGRATED");
  EXPECT_EQ(ErrorReasonName(static_cast<ErrorReason>(31)),
            "ERROR_REASON_UNSPECIFIED");
  EXPECT_EQ(ErrorReasonName(static_cast<ErrorReason>(-1)),
            "ERROR_REASON_UNSPECIFIED");
}

}  // namespace
}  // namespace kith
