#include "model/validate.h"

#include <gtest/gtest.h>

#include <limits>

#include "kith/errors.h"
#include "model/utf8.h"

namespace kith {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(ValidateTest, RelationNames) {
  for (const char* name : {"abc", "a_b", "a9b", "viewer", "a__9"}) {
    EXPECT_TRUE(IsRelationName(name)) << name;
  }
  for (const char* name :
       {"", "a", "ab", "abc_", "_abc", "9abc", "aBc", "a-b", "a/b", "..."}) {
    EXPECT_FALSE(IsRelationName(name)) << name;
  }
  EXPECT_TRUE(IsRelationName(std::string(64, 'a')));
  EXPECT_FALSE(IsRelationName(std::string(65, 'a')));
}

TEST(ValidateTest, TypeNames) {
  for (const char* name : {"user", "acme/user", "aaa/bbb/ccc"}) {
    EXPECT_TRUE(IsTypeName(name)) << name;
  }
  for (const char* name :
       {"", "/user", "user/", "acme//user", "ab/user", "acme/us", "User"}) {
    EXPECT_FALSE(IsTypeName(name)) << name;
  }
  const std::string segment(63, 'a');
  EXPECT_TRUE(IsTypeName(segment + "/" + segment + "a"));
  EXPECT_FALSE(IsTypeName(segment + "a/" + segment + "a"));
}

TEST(ValidateTest, ObjectIds) {
  EXPECT_TRUE(IsObjectId("anne@example.com"));
  EXPECT_TRUE(IsObjectId("**"));
  EXPECT_TRUE(IsObjectId("\u00e9\u20ac\U0001F600"));
  EXPECT_TRUE(IsObjectId(std::string(1024, 'a')));
  EXPECT_FALSE(IsObjectId(std::string(1025, 'a')));
  EXPECT_FALSE(IsObjectId(""));
  EXPECT_FALSE(IsObjectId("*"));
  EXPECT_FALSE(IsObjectId(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsObjectId("a\nb"));
  EXPECT_FALSE(IsObjectId("\x7f"));
  EXPECT_FALSE(IsObjectId("\u0080"));
  EXPECT_FALSE(IsObjectId("\u009f"));
  EXPECT_TRUE(IsObjectId("\u00a0"));
}

TEST(ValidateTest, MalformedUtf8IsNoId) {
  for (const char* id :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xff", "\xf0\x80\x80\x80", "a\xe2\x82"}) {
    EXPECT_FALSE(IsObjectId(id));
    EXPECT_FALSE(IsUtf8(id));
  }
}

TEST(ValidateTest, ErrorsBeginWithTheFieldPath) {
  EXPECT_EQ(Message(ValidateRelationship(
                Relationship(ObjectRef("document", "*"), "viewer", "user:a"),
                "updates[0].relationship")),
            "updates[0].relationship.resource.object_id: \"*\" is the "
            "wildcard, which only a subject may be");
  EXPECT_EQ(Message(ValidateSubject(
                SubjectRef(ObjectRef("user", "*"), "member"), "subject")),
            "subject.optional_relation: \"member\" must be empty when the "
            "subject is the wildcard \"*\"");
  EXPECT_EQ(Message(ValidateResource(ObjectRef("user", ""), "")),
            "object_id: \"\" is empty, an id has 1 byte or more");
}

TEST(ValidateTest, WildcardSubjectWithoutRelationIsWellFormed) {
  EXPECT_TRUE(ValidateSubject("user:*", "subject").ok());
}

TEST(ValidateTest, MessagesAreShortPrintableUtf8) {
  const std::string id = std::string(100, '\xff') + std::string(100'000, 'a');
  const std::string message =
      Message(ValidateResource(ObjectRef("user", id), "resource"));
  EXPECT_TRUE(IsPrintableUtf8(message));
  EXPECT_LT(message.size(), 1000u);
  std::string cut_inside_a_character = "a";
  for (int i = 0; i < 100; ++i) cut_inside_a_character += "\u20ac";
  EXPECT_TRUE(IsPrintableUtf8(Quoted(cut_inside_a_character)));
  EXPECT_EQ(Quoted("a\"\n"), "\"a\\\"\\n\"");
  EXPECT_TRUE(IsPrintableUtf8(Quoted("a C1 control: \xc2\x8b")));
}

TEST(ValidateTest, CaveatContextMustBeWritableAsJson) {
  Relationship r("document:x#viewer@user:a[tuesday]");
  EXPECT_TRUE(ValidateRelationship(r, "r").ok());
  for (const double number : {std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
    r.caveat->context["n"] = Value{number};
    EXPECT_FALSE(ValidateRelationship(r, "r").ok());
  }
  r.caveat->context["n"] = Value{std::string("\xff")};
  EXPECT_FALSE(ValidateRelationship(r, "r").ok());
  r.caveat->context.clear();
  r.caveat->context["\xff"] = Value{true};
  EXPECT_FALSE(ValidateRelationship(r, "r").ok());
}

TEST(ValidateTest, CaveatContextNestsAtMost64Levels) {
  Relationship r("document:x#viewer@user:a[tuesday]");
  Value value{true};
  for (int i = 0; i < 63; ++i) value = Value{ValueList{value}};
  r.caveat->context["n"] = value;
  EXPECT_TRUE(ValidateRelationship(r, "r").ok());
  EXPECT_EQ(*Relationship::Parse(r.ToString()), r);
  r.caveat->context["n"] = Value{ValueList{value}};
  EXPECT_FALSE(ValidateRelationship(r, "r").ok());
  EXPECT_FALSE(Relationship::Parse(r.ToString()).ok());
}

TEST(ValidateTest, ExpiryIsWithinTheYearsOfRfc3339) {
  Relationship r("document:x#viewer@user:a");
  r.expires_at = absl::InfiniteFuture();
  EXPECT_FALSE(ValidateRelationship(r, "r").ok());
  r.expires_at = absl::InfinitePast();
  EXPECT_FALSE(ValidateRelationship(r, "r").ok());
  r.expires_at = absl::UnixEpoch();
  EXPECT_TRUE(ValidateRelationship(r, "r").ok());
}

TEST(ValidateTest, ContextIsWhatJsonCanSay) {
  Value deep;
  for (int i = 0; i < 63; ++i) deep = Value{ValueList{std::move(deep)}};
  EXPECT_TRUE(ValidateContext({{"key", deep}}, "context").ok());
  deep = Value{ValueList{std::move(deep)}};
  EXPECT_FALSE(ValidateContext({{"key", deep}}, "context").ok());
  for (const double number : {std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(ValidateContext({{"key", Value{number}}}, "context").ok());
  }
  EXPECT_FALSE(ValidateContext({{"key", Value{"\xff"}}}, "context").ok());
  EXPECT_FALSE(ValidateContext({{"\xff", Value{"x"}}}, "context").ok());
  EXPECT_TRUE(ValidateContext({}, "context").ok());
}

bool IsInvalidFilter(const RelationshipFilter& filter) {
  const auto info = GetErrorInfo(ValidateFilter(filter, "filter"));
  return info && info->reason == ErrorReason::kInvalidFilter;
}

TEST(ValidateTest, FilterShape) {
  EXPECT_TRUE(IsInvalidFilter({}));
  EXPECT_TRUE(IsInvalidFilter({.resource_type = "document",
                               .resource_id = "a",
                               .resource_id_prefix = "b"}));
  EXPECT_TRUE(
      IsInvalidFilter({.subject = SubjectFilter{
                           .type = "user", .id = "*", .relation = "member"}}));
  EXPECT_TRUE(ValidateFilter({.resource_id_prefix = "b"}, "filter").ok());
  EXPECT_TRUE(
      ValidateFilter(
          {.subject = SubjectFilter{.type = "user", .id = "*", .relation = ""}},
          "filter")
          .ok());
}

TEST(ValidateTest, FilterNames) {
  for (const RelationshipFilter& filter : {
           RelationshipFilter{.resource_type = "Doc"},
           RelationshipFilter{.resource_type = "document", .resource_id = "*"},
           RelationshipFilter{.resource_type = "document", .relation = "..."},
           RelationshipFilter{.subject = SubjectFilter{.type = ""}},
           RelationshipFilter{.subject =
                                  SubjectFilter{.type = "user", .id = "\x01"}},
           RelationshipFilter{
               .subject = SubjectFilter{.type = "user", .relation = "..."}},
       }) {
    EXPECT_EQ(ValidateFilter(filter, "filter").code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(IsInvalidFilter(filter));
  }
}

}  // namespace
}  // namespace kith
