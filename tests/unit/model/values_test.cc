#include "kith/values.h"

#include <gtest/gtest.h>

#include <random>

#include "model/validate.h"
#include "support/seed.h"

namespace kith {
namespace {

std::string ErrorOf(std::string_view relationship) {
  const auto parsed = Relationship::Parse(relationship);
  if (parsed.ok()) return "OK";
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(parsed.status().message());
}

TEST(ObjectRefTest, ParsesPlainAndQuotedIds) {
  EXPECT_EQ(*ObjectRef::Parse("document:readme"),
            ObjectRef("document", "readme"));
  EXPECT_EQ(*ObjectRef::Parse("acme/docs/file:a/B_9|-=+"),
            ObjectRef("acme/docs/file", "a/B_9|-=+"));
  EXPECT_EQ(*ObjectRef::Parse(R"(user:"anne@example.com")"),
            ObjectRef("user", "anne@example.com"));
  EXPECT_EQ(*ObjectRef::Parse(R"(user:"a\"b\\c\u00e9\ud83d\ude00")"),
            ObjectRef("user", "a\"b\\c\u00e9\U0001F600"));
}

TEST(ObjectRefTest, QuotedPlainIdIsTheSameObject) {
  EXPECT_EQ(*ObjectRef::Parse(R"(user:"anne")"), ObjectRef("user", "anne"));
  EXPECT_EQ(ObjectRef::Parse(R"(user:"anne")")->ToString(), "user:anne");
}

TEST(ObjectRefTest, RefusesWhatIsNoObject) {
  for (const char* text : {"",
                           "user",
                           "user:",
                           ":anne",
                           "user:anne ",
                           "user:anne#member",
                           "user:*",
                           R"(user:"*")",
                           R"(user:"anne)",
                           R"(user:"an"ne)",
                           R"(user:"\q")",
                           R"(user:"")",
                           "user:anne@example.com",
                           "User:anne",
                           "us:anne",
                           "user:\"a\x01\"",
                           "user:\"\x7f\"",
                           "user:\"\xc2\x85\"",
                           R"(user:"\u0085")",
                           R"(user:"\u0000")",
                           "user:\"\xff\"",
                           R"(user:"\ud83d")"}) {
    EXPECT_EQ(ObjectRef::Parse(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(SubjectRefTest, ParsesRelationEllipsisAndWildcard) {
  EXPECT_EQ(*SubjectRef::Parse("team:eng#member"),
            SubjectRef(ObjectRef("team", "eng"), "member"));
  EXPECT_EQ(*SubjectRef::Parse("team:eng#..."),
            SubjectRef(ObjectRef("team", "eng")));
  EXPECT_TRUE(SubjectRef::Parse("user:*")->is_wildcard());
  EXPECT_EQ(SubjectRef::Parse("user:*")->ToString(), "user:*");
  EXPECT_EQ(SubjectRef::Parse("team:eng#...")->ToString(), "team:eng");
  EXPECT_FALSE(SubjectRef::Parse("team:*#member").ok());
  EXPECT_FALSE(SubjectRef::Parse("team:eng#").ok());
  EXPECT_FALSE(SubjectRef::Parse(R"(user:"*")").ok());
}

TEST(SubjectRefTest, StarInsideAnIdIsNoWildcard) {
  const auto subject = SubjectRef::Parse("user:a*");
  ASSERT_TRUE(subject.ok());
  EXPECT_FALSE(subject->is_wildcard());
  EXPECT_EQ(subject->ToString(), R"(user:"a*")");
}

TEST(RelationshipTest, ParsesEveryPart) {
  const auto r =
      Relationship::Parse(R"(document:readme#viewer@team:"a@b"#member)"
                          R"([acme/on_call:{"x":"]}\"","y":[1,{"z":null}]}])"
                          R"([expiration:2030-01-02T03:04:05.25+01:00])");
  ASSERT_TRUE(r.ok()) << r.status();
  EXPECT_EQ(r->resource, ObjectRef("document", "readme"));
  EXPECT_EQ(r->relation, "viewer");
  EXPECT_EQ(r->subject, SubjectRef(ObjectRef("team", "a@b"), "member"));
  EXPECT_EQ(r->caveat->name, "acme/on_call");
  EXPECT_EQ(r->caveat->context.at("x"), Value{std::string("]}\"")});
  EXPECT_EQ(r->ToString(), R"(document:readme#viewer@team:"a@b"#member)"
                           R"([acme/on_call:{"x":"]}\"","y":[1,{"z":null}]}])"
                           R"([expiration:2030-01-02T02:04:05.25Z])");
}

TEST(RelationshipTest, CanonicalTextIsUnchangedByParsing) {
  for (const char* text : {
           "document:x#viewer@user:anne",
           "document:x#viewer@user:*",
           "document:x#viewer@user:anne[tuesday]",
           "document:x#viewer@user:anne[tuesday:{\"a\":-1.5e+30}]",
           "document:x#viewer@user:anne[expiration]",
           "document:x#viewer@user:anne[expiration:{\"a\":1}]",
           "document:x#viewer@user:anne[expiration:2030-01-01T00:00:00Z]",
           "document:x#viewer@user:anne[expiration:0001-01-01T00:00:00Z]",
           "document:x#viewer@user:anne"
           "[expiration:9999-12-31T23:59:59.999999999Z]",
           "document:x#viewer@user:anne[expiration]"
           "[expiration:2030-01-01T00:00:00.000000001Z]",
       }) {
    const auto parsed = Relationship::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->ToString(), text);
  }
}

TEST(RelationshipTest, EmptyContextIsNoContext) {
  EXPECT_EQ(Relationship::Parse("document:x#viewer@user:anne[tuesday:{}]")
                ->ToString(),
            "document:x#viewer@user:anne[tuesday]");
}

TEST(RelationshipTest, ErrorsNameWhatIsWrongAndWhere) {
  EXPECT_EQ(ErrorOf("document:x#viewer"),
            R"(relationship "document:x#viewer" is missing "@subject")");
  EXPECT_EQ(ErrorOf("document:x"),
            R"(relationship "document:x" is missing "#relation")");
  EXPECT_EQ(ErrorOf("document#viewer@user:a"),
            R"(relationship "document#viewer@user:a" is missing ":id" )"
            "at byte 8");
  EXPECT_EQ(ErrorOf("document:x#viewer@user:a.b"),
            R"(relationship "document:x#viewer@user:a.b" has unexpected text )"
            R"(".b" at byte 24)");
  EXPECT_EQ(ErrorOf("document:x#viewer@user:a[tuesday"),
            R"(relationship "document:x#viewer@user:a[tuesday" is missing )"
            R"("]")");
  EXPECT_EQ(ErrorOf("document:*#viewer@user:a"),
            "relationship.resource.object_id: \"*\" is the wildcard, which "
            "only a subject may be");
}

TEST(RelationshipTest, RefusesMalformedParts) {
  for (const char* text : {
           "document:x#viewer@user:a[tuesday:{]",
           "document:x#viewer@user:a[tuesday:{\"a\":1,\"a\":2}]",
           "document:x#viewer@user:a[tuesday:[1]]",
           "document:x#viewer@user:a[tuesday:1]",
           "document:x#viewer@user:a[]",
           "document:x#viewer@user:a[expiration:]",
           "document:x#viewer@user:a[expiration:infinite-future]",
           "document:x#viewer@user:a[expiration: 2030-01-01T00:00:00Z]",
           "document:x#viewer@user:a[expiration:2030-01-01]",
           "document:x#viewer@user:a[expiration:2030-01-01T00:00:00]",
           "document:x#viewer@user:a[expiration:-030-01-01T00:00:00Z]",
           "document:x#viewer@user:a[expiration:2030-13-01T00:00:00Z]",
           "document:x#viewer@user:a[expiration:2030-01-01T00:00:00Z][tue]",
           "document:x#viewer@user:a[expiration:2030-01-01T00:00:00Z]x",
           "document:x#viewer@@user:a",
           "document:x#viewer#owner@user:a",
           "document:x#...@user:a",
           "document:x#@user:a",
           "document:x#viewer@user:*#member",
       }) {
    EXPECT_NE(ErrorOf(text), "OK") << text;
  }
}

TEST(RelationshipTest, TextThatIsNoReferenceBecomesAnInvalidValue) {
  const Relationship bad("what is this");
  EXPECT_FALSE(ValidateRelationship(bad, "r").ok());
  EXPECT_NE(ValidateRelationship(bad, "r").ToString().find("what is this"),
            std::string::npos);
  EXPECT_FALSE(ValidateResource(ObjectRef("document"), "r").ok());
  EXPECT_FALSE(ValidateSubject(SubjectRef("user"), "s").ok());
  EXPECT_EQ(ObjectRef("document:a"), ObjectRef("document", "a"));
  EXPECT_EQ(SubjectRef("user:*"), SubjectRef(ObjectRef("user", "*")));
}

// Random valid values whose text is hostile to a parser.
class ValueMaker {
 public:
  explicit ValueMaker(uint64_t seed) : random_(seed) {}

  Relationship Make() {
    Relationship r(ObjectRef(Type(), Id()), Relation(),
                   SubjectRef(ObjectRef(Type(), Id())));
    if (Chance(3)) r.subject.relation = Relation();
    if (Chance(8)) r.subject = SubjectRef(ObjectRef(Type(), "*"));
    if (Chance(2)) r.caveat = CaveatRef{CaveatName(), Object(0)};
    if (Chance(2)) r.expires_at = Time();
    return r;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  bool Chance(size_t n) { return Below(n) == 0; }
  std::string Pick(std::initializer_list<const char*> from) {
    return from.begin()[Below(from.size())];
  }

  std::string Type() { return Pick({"user", "acme/doc", "a1b/c_d/e9f"}); }
  std::string Relation() { return Pick({"viewer", "a_b", "expiration"}); }
  std::string CaveatName() {
    return Pick({"tuesday", "abc/def", "expiration"});
  }

  std::string Hostile() {
    std::string out;
    for (size_t n = 1 + Below(6); n > 0; --n) {
      out += Pick({"a",      "Z",          "0",           "*",       "#",
                   "@",      ":",          "[",           "]",       "{",
                   "}",      "\"",         "\\",          "\\u0041", "...",
                   " ",      ",",          "'",           "/",       "|",
                   "=",      "+",          "%",           "\u00e9",  "\u0100",
                   "\u20ac", "\U0001F600", "expiration:", "\\\""});
    }
    return out;
  }

  std::string Id() {
    const std::string id = Chance(4) ? "readme" : Hostile();
    return id == "*" ? "**" : id;
  }

  double Number() {
    switch (Below(4)) {
      case 0:
        return static_cast<double>(Below(1000)) - 500;
      case 1:
        return static_cast<double>(random_());
      case 2:
        return std::ldexp(static_cast<double>(random_()),
                          static_cast<int>(Below(1500)) - 1000);
      default:
        return static_cast<double>(Below(1000)) / 7;
    }
  }

  Value MakeValue(int depth) {
    switch (Below(depth < 4 ? 6 : 4)) {
      case 0:
        return {};
      case 1:
        return {Chance(2)};
      case 2:
        return {Number()};
      case 3:
        return {Hostile() + (Chance(3) ? std::string("\n\t\x01\0", 4) : "")};
      case 4: {
        ValueList list;
        for (size_t n = Below(3); n > 0; --n) {
          list.push_back(MakeValue(depth + 1));
        }
        return {std::move(list)};
      }
      default:
        return {Object(depth + 1)};
    }
  }

  Struct Object(int depth) {
    Struct object;
    for (size_t n = Below(3); n > 0; --n) {
      object[Hostile()] = MakeValue(depth);
    }
    return object;
  }

  absl::Time Time() {
    const absl::Time year_1 = absl::FromUnixSeconds(-62135596800);
    const auto seconds = static_cast<int64_t>(Below(315537897600));
    absl::Time time = year_1 + absl::Seconds(seconds);
    if (Chance(2)) time += absl::Nanoseconds(Below(1'000'000'000));
    return time;
  }

  std::mt19937_64 random_;
};

TEST(RelationshipTest, ParseOfToStringIsTheValue) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ValueMaker maker(seed);
  for (int i = 0; i < 20'000; ++i) {
    const Relationship made = maker.Make();
    ASSERT_TRUE(ValidateRelationship(made, "r").ok()) << made.ToString();
    const std::string text = made.ToString();
    const auto parsed = Relationship::Parse(text);
    ASSERT_TRUE(parsed.ok()) << text << "\n" << parsed.status();
    ASSERT_EQ(*parsed, made) << text;
    ASSERT_EQ(parsed->ToString(), text);
    ASSERT_EQ(Relationship(text), made);
  }
}

TEST(RelationshipTest, DamagedTextParsesToItsCanonicalFormOrNotAtAll) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ValueMaker maker(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = maker.Make().ToString();
    text[random() % text.size()] = "\"[]{}:#@*\\a\0\xff"[random() % 13];
    const auto parsed = Relationship::Parse(text);
    if (!parsed.ok()) continue;
    const auto again = Relationship::Parse(parsed->ToString());
    ASSERT_TRUE(again.ok()) << text << "\n" << again.status();
    ASSERT_EQ(*again, *parsed) << text;
  }
}

}  // namespace
}  // namespace kith
