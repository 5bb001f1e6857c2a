#include "service/convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "kith/errors.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

using ::google::protobuf::TextFormat;
using ::testing::HasSubstr;

std::string FieldR() { return "r"; }
std::string FieldU() { return "u"; }

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

constexpr char kRelationship[] = R"pb(
  resource { object_type: "document" object_id: "readme" }
  relation: "viewer"
  subject {
    object { object_type: "team" object_id: "eng" }
    optional_relation: "member"
  }
  optional_caveat {
    caveat_name: "on_call"
    context {
      fields {
        key: "day"
        value { string_value: "monday" }
      }
    }
  }
  optional_expires_at { seconds: 1700000000 nanos: 5000 }
)pb";

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(ConvertTest, RelationshipGoesThereAndBack) {
  const auto in = Parse<wire::Relationship>(kRelationship);
  const auto value = ToRelationship(in, FieldR);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->resource.type, "document");
  EXPECT_EQ(value->resource.id, "readme");
  EXPECT_EQ(value->relation, "viewer");
  EXPECT_EQ(value->subject.object.id, "eng");
  EXPECT_EQ(value->subject.relation, "member");
  ASSERT_TRUE(value->caveat.has_value());
  EXPECT_EQ(value->caveat->context, (Struct{{"day", {std::string("monday")}}}));
  EXPECT_EQ(value->expires_at,
            absl::FromUnixSeconds(1700000000) + absl::Microseconds(5));
  wire::Relationship out;
  ToProto(*value, &out);
  EXPECT_EQ(out.DebugString(), in.DebugString());
}

TEST(ConvertTest, TimesBeforeTheEpochGoThereAndBack) {
  auto in = Parse<wire::Relationship>(kRelationship);
  in.mutable_optional_expires_at()->set_seconds(-5);
  in.mutable_optional_expires_at()->set_nanos(999'999'000);
  const auto value = ToRelationship(in, FieldR);
  ASSERT_TRUE(value.ok()) << value.status();
  wire::Relationship out;
  ToProto(*value, &out);
  EXPECT_EQ(out.DebugString(), in.DebugString());
}

TEST(ConvertTest, EllipsisIsNoRelation) {
  auto in = Parse<wire::Relationship>(kRelationship);
  in.mutable_subject()->set_optional_relation("...");
  EXPECT_EQ(ToRelationship(in, FieldR)->subject.relation, "");
}

TEST(ConvertTest, MissingPartsAreNamedByPath) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "u.operation: must be CREATE, TOUCH or DELETE"},
      {"operation: 9", "u.operation: must be CREATE, TOUCH or DELETE"},
      {"operation: OPERATION_TOUCH", "u.relationship: value is required"},
      {"operation: OPERATION_TOUCH relationship {}",
       "u.relationship.resource: value is required"},
      {"operation: OPERATION_TOUCH relationship { resource {} }",
       "u.relationship.subject: value is required"},
      {"operation: OPERATION_TOUCH relationship { resource {} subject {} }",
       "u.relationship.subject.object: value is required"},
      {"operation: OPERATION_TOUCH relationship { resource {} subject { object "
       "{} } optional_caveat {} }",
       "u.relationship.optional_caveat.caveat_name: value is required"},
      {"operation: OPERATION_TOUCH relationship { resource {} subject { object "
       "{} } optional_expires_at { nanos: -1 } }",
       "u.relationship.optional_expires_at: 0 s and -1 ns is no time of the "
       "years 1 to 9999"},
  };
  for (const auto& [text, message] : cases) {
    const auto result =
        ToUpdate(Parse<wire::RelationshipUpdate>(text), FieldU).status();
    EXPECT_EQ(result.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(Message(result), message) << text;
    EXPECT_FALSE(GetErrorInfo(result).has_value()) << text;
  }
}

TEST(ConvertTest, FilterKeepsAbsentApartFromEmptySubjectRelation) {
  const auto any = ToFilter(true, Parse<wire::RelationshipFilter>(R"pb(
                              resource_type: "document"
                              optional_resource_id_prefix: "a"
                              optional_relation: "viewer"
                              optional_subject_filter { subject_type: "team" }
                            )pb"),
                            "f");
  ASSERT_TRUE(any.ok());
  EXPECT_EQ(any->resource_id_prefix, "a");
  EXPECT_EQ(any->resource_id, "");
  EXPECT_EQ(any->relation, "viewer");
  EXPECT_FALSE(any->subject->relation.has_value());
  for (const char* relation : {"", "..."}) {
    auto message = Parse<wire::RelationshipFilter>(
        R"pb(optional_subject_filter { subject_type: "team" })pb");
    message.mutable_optional_subject_filter()
        ->mutable_optional_relation()
        ->set_relation(relation);
    EXPECT_EQ(ToFilter(true, message, "f")->subject->relation, "");
  }
  EXPECT_EQ(Message(ToFilter(false, {}, "f").status()), "f: value is required");
}

TEST(ConvertTest, PreconditionWithoutFilterHasItsReason) {
  const auto result =
      ToPrecondition(Parse<wire::Precondition>("operation: 1"), "p");
  EXPECT_EQ(GetErrorInfo(result.status())->reason,
            ErrorReason::kEmptyPrecondition);
  EXPECT_THAT(Message(ToPrecondition({}, "p").status()),
              HasSubstr("p.operation: must be"));
}

TEST(ConvertTest, ConsistencyModes) {
  using Mode = Consistency::Mode;
  const auto mode = [](const char* text) {
    return ToConsistency(Parse<wire::Consistency>(text))->mode;
  };
  EXPECT_EQ(mode(""), Mode::kMinimizeLatency);
  EXPECT_EQ(mode("minimize_latency: true"), Mode::kMinimizeLatency);
  EXPECT_EQ(mode("fully_consistent: true"), Mode::kFullyConsistent);
  const auto fresh = ToConsistency(
      Parse<wire::Consistency>("at_least_as_fresh { token: 't' }"));
  EXPECT_EQ(fresh->mode, Mode::kAtLeastAsFresh);
  EXPECT_EQ(fresh->token, "t");
  EXPECT_EQ(mode("at_exact_snapshot { token: 't' }"), Mode::kAtExactSnapshot);
  for (const char* text : {"minimize_latency: false", "fully_consistent: false",
                           "at_least_as_fresh {}", "at_exact_snapshot {}"}) {
    EXPECT_EQ(ToConsistency(Parse<wire::Consistency>(text)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(ConvertTest, ExpandTreeKeepsOperationsAndOrder) {
  ExpandTree tree;
  tree.kind = ExpandTree::Kind::kExclusion;
  tree.object = {"document", "readme"};
  tree.relation = "view";
  tree.children.resize(2);
  tree.children[0].subjects = {{{"user", "anne"}, ""},
                               {{"team", "eng"}, "member"}};
  wire::PermissionRelationshipTree out;
  ToProto(tree, &out);
  EXPECT_EQ(out.intermediate().operation(),
            wire::AlgebraicSubjectSet::OPERATION_EXCLUSION);
  EXPECT_EQ(out.expanded_relation(), "view");
  ASSERT_EQ(out.intermediate().children_size(), 2);
  const auto& leaf = out.intermediate().children(0).leaf();
  ASSERT_EQ(leaf.subjects_size(), 2);
  EXPECT_EQ(leaf.subjects(1).optional_relation(), "member");
  EXPECT_TRUE(out.intermediate().children(1).has_leaf()) << "empty, but there";
}

TEST(StructConvertTest, EveryKindGoesThereAndBack) {
  const auto in = Parse<google::protobuf::Struct>(R"pb(
    fields {
      key: "a"
      value { null_value: NULL_VALUE }
    }
    fields {
      key: "b"
      value { bool_value: true }
    }
    fields {
      key: "c"
      value { number_value: 1.5 }
    }
    fields {
      key: "d"
      value { string_value: "x" }
    }
    fields {
      key: "e"
      value {
        list_value {
          values { number_value: 1 }
          values {
            struct_value {
              fields {
                key: "k"
                value { bool_value: false }
              }
            }
          }
        }
      }
    }
    fields {
      key: "f"
      value { struct_value {} }
    }
  )pb");
  const auto value = ToStruct(in, "context");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->size(), 6u);
  google::protobuf::Struct out;
  ToProto(*value, &out);
  EXPECT_EQ(out.DebugString(), in.DebugString());
}

TEST(StructConvertTest, WhatJsonCannotSayIsRefused) {
  google::protobuf::Struct no_kind;
  (*no_kind.mutable_fields())["a"];
  EXPECT_EQ(Message(ToStruct(no_kind, "context").status()),
            "context: a value has no kind");
  google::protobuf::Struct infinite;
  (*infinite.mutable_fields())["a"].set_number_value(
      std::numeric_limits<double>::infinity());
  EXPECT_EQ(Message(ToStruct(infinite, "context").status()),
            "context: a number must be finite");
}

}  // namespace
}  // namespace kith::service
