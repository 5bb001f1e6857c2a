#include "service/wire_writer.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "authzed/api/v1/permission_service.pb.h"
#include "service/convert.h"
#include "service/resource_stream.h"
#include "service/subject_stream.h"

namespace kith::service {
namespace {

using ::google::protobuf::util::MessageDifferencer;

// Lengths on both sides of where a length takes a byte more.
std::vector<std::string> Ids() {
  std::vector<std::string> ids;
  for (const size_t size : {1, 2, 40, 60, 100, 119, 120, 121, 122, 123, 124,
                            125, 126, 127, 128, 129, 255, 256, 1024}) {
    ids.emplace_back(size, 'x');
  }
  return ids;
}

template <typename Message>
void ExpectBytesOf(const Message& expected, const std::string& bytes) {
  Message parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  EXPECT_TRUE(MessageDifferencer::Equals(parsed, expected))
      << parsed.ShortDebugString() << "\nexpected "
      << expected.ShortDebugString();
  EXPECT_EQ(bytes, expected.SerializeAsString());
}

void ExpectRelationship(const Relationship& relationship) {
  wire::ReadRelationshipsResponse expected;
  expected.mutable_read_at();  // set, with nothing in it
  ToProto(relationship, expected.mutable_relationship());
  expected.mutable_after_result_cursor()->set_token("cursor");
  std::string bytes;
  WireWriter writer(&bytes);
  writer.TokenMessage(1, "");
  writer.RelationshipMessage(2, relationship);
  writer.TokenMessage(3, "cursor");
  ExpectBytesOf(expected, bytes);
}

TEST(WireWriterTest, RelationshipsAreThoseOfProtobuf) {
  for (const std::string& id : Ids()) {
    ExpectRelationship({ObjectRef("document", id), "viewer",
                        SubjectRef(ObjectRef("user", "anne"))});
    ExpectRelationship({ObjectRef("document", "readme"), "viewer",
                        SubjectRef(ObjectRef("group", id), "member")});
    ExpectRelationship(
        {ObjectRef("document", id), "viewer", SubjectRef(ObjectRef("u", id))});
  }
}

TEST(WireWriterTest, RelationshipsWithConditionAndExpiryAreThoseOfProtobuf) {
  for (const std::string& id : Ids()) {
    Relationship relationship(ObjectRef("document", id), "viewer", "user:anne");
    relationship.caveat = CaveatRef{"on_call", {}};
    ExpectRelationship(relationship);
    relationship.caveat->context["day"] = Value{std::string("monday")};
    ExpectRelationship(relationship);
    relationship.expires_at = absl::FromUnixNanos(1'700'000'000'000'000'005);
    ExpectRelationship(relationship);
    relationship.caveat.reset();
    ExpectRelationship(relationship);
  }
}

TEST(WireWriterTest, FoundResourcesAreThoseOfProtobuf) {
  for (const std::string& id : Ids()) {
    for (const bool conditional : {false, true}) {
      FoundResource found;
      found.id = id;
      found.cursor = "after " + id;
      wire::LookupResourcesResponse expected;
      expected.mutable_looked_up_at()->set_token("revision");
      expected.set_resource_object_id(id);
      expected.set_permissionship(wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
      if (conditional) {
        found.permissionship = Permissionship::kConditional;
        found.missing_context = {"day", "hour"};
        expected.set_permissionship(
            wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
        auto* info = expected.mutable_partial_caveat_info();
        info->add_missing_required_context("day");
        info->add_missing_required_context("hour");
      }
      expected.mutable_after_result_cursor()->set_token("after " + id);
      std::string bytes;
      AppendResource(found, "revision", &bytes);
      ExpectBytesOf(expected, bytes);
    }
  }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
TEST(WireWriterTest, FoundSubjectsAreThoseOfProtobuf) {
  for (const std::string& id : Ids()) {
    for (const size_t excluded : {0, 1, 3}) {
      FoundSubject found{id, Permissionship::kHasPermission, {}, {}, "cursor"};
      wire::LookupSubjectsResponse expected;
      expected.mutable_looked_up_at()->set_token("revision");
      expected.set_subject_object_id(id);
      expected.set_permissionship(wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
      expected.mutable_subject()->set_subject_object_id(id);
      expected.mutable_subject()->set_permissionship(
          wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
      for (size_t i = 0; i < excluded; ++i) {
        found.excluded.push_back(
            {id, Permissionship::kConditional, {"day", id}});
        expected.add_excluded_subject_ids(id);
        auto* out = expected.add_excluded_subjects();
        out->set_subject_object_id(id);
        out->set_permissionship(
            wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
        out->mutable_partial_caveat_info()->add_missing_required_context("day");
        out->mutable_partial_caveat_info()->add_missing_required_context(id);
      }
      expected.mutable_after_result_cursor()->set_token("cursor");
      std::string bytes;
      AppendSubject(found, "revision", &bytes);
      ExpectBytesOf(expected, bytes);
    }
  }
}

TEST(WireWriterTest, ConditionalSubjectsAreThoseOfProtobuf) {
  const FoundSubject found{
      "anne", Permissionship::kConditional, {"day"}, {}, "cursor"};
  wire::LookupSubjectsResponse expected;
  expected.mutable_looked_up_at()->set_token("revision");
  expected.set_subject_object_id("anne");
  expected.set_permissionship(
      wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  expected.mutable_partial_caveat_info()->add_missing_required_context("day");
  auto* subject = expected.mutable_subject();
  subject->set_subject_object_id("anne");
  subject->set_permissionship(
      wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  subject->mutable_partial_caveat_info()->add_missing_required_context("day");
  expected.mutable_after_result_cursor()->set_token("cursor");
  std::string bytes;
  AppendSubject(found, "revision", &bytes);
  ExpectBytesOf(expected, bytes);
}
#pragma GCC diagnostic pop

}  // namespace
}  // namespace kith::service
