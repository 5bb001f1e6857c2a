#include "schema/limits.h"

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "schema_text.h"

// Schemas made to take more than they give. Each must be answered in time that
// grows with its length; the bound is generous for slow and sanitized builds.

namespace kith::schema {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

absl::Status CompileInTime(std::string_view text) {
  const absl::Time begin = absl::Now();
  const absl::Status status = Compile(text).status();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
  return status;
}

TEST(LimitsTest, Parentheses) {
  const auto nested = [](size_t depth) {
    return InDocument("permission view = " + Repeat("(", depth) + "nil" +
                      Repeat(")", depth));
  };
  EXPECT_TRUE(CompileInTime(nested(64)).ok());
  ExpectParseError(CompileInTime(nested(65)), kBodyLine, 19 + 64,
                   "nested more than 64 deep");
  ExpectParseError(CompileInTime(nested(10'000)), kBodyLine, 19 + 64,
                   "nested more than 64 deep");
  // Also without their other half.
  ExpectParseError(
      CompileInTime(InDocument("permission view = " + Repeat("(", 1'000'000))),
      kBodyLine, 19 + 64, "nested more than 64 deep");
}

TEST(LimitsTest, ChainsOfExclusions) {
  const auto chain = [](size_t length) {
    return InDocument("permission view = nil" + Repeat(" - nil", length));
  };
  EXPECT_TRUE(CompileInTime(chain(64)).ok());
  ExpectParseError(CompileInTime(chain(65)), kBodyLine, 19 + 4 + 64 * 6,
                   "nested more than 64 deep");
  EXPECT_FALSE(CompileInTime(chain(100'000)).ok());
}

TEST(LimitsTest, WideUnions) {
  const auto wide = [](std::string_view sign, size_t terms) {
    return InDocument("permission view = nil" +
                      Repeat(fmt::format(" {} nil", sign), terms - 1));
  };
  EXPECT_TRUE(CompileInTime(wide("+", 10'000)).ok());
  EXPECT_TRUE(CompileInTime(wide("&", 10'000)).ok());
  EXPECT_TRUE(CompileInTime(wide("+", kMaxExpressionTerms)).ok());
  const absl::Status status = CompileInTime(wide("+", kMaxExpressionTerms + 1));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("more than 65536 names"));
}

TEST(LimitsTest, Definitions) {
  const auto many = [](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      text += fmt::format("definition type{} {{}}\n", i);
    }
    return text;
  };
  EXPECT_TRUE(CompileInTime(many(5000)).ok());
  ExpectParseError(CompileInTime(many(5001)), 5001, 1,
                   "more than 5000 definitions");
  EXPECT_FALSE(CompileInTime(many(100'000)).ok());
}

TEST(LimitsTest, Members) {
  const auto many = [](size_t count) {
    std::string body;
    for (size_t i = 0; i < count; ++i) {
      body += fmt::format("relation rel{}: user\n", i);
    }
    return InDocument(body);
  };
  EXPECT_TRUE(CompileInTime(many(5000)).ok());
  ExpectParseError(CompileInTime(many(5001)), kBodyLine + 5000, 1,
                   "more than 5000 relations and permissions in \"document\"");
}

TEST(LimitsTest, AllowedSubjects) {
  const absl::Status status = CompileInTime(
      InDocument("relation viewer: user" + Repeat(" | user", 5000)));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("more than 5000 allowed subjects"));
}

TEST(LimitsTest, Bytes) {
  const std::string full(kMaxSchemaBytes, '\n');
  EXPECT_TRUE(CompileInTime(full).ok());
  ExpectParseError(CompileInTime(full + "\n"), 1, 1,
                   "the schema has 4194305 bytes: at most 4194304");
  EXPECT_FALSE(Format(full + "\n").ok());
  EXPECT_TRUE(CompileInTime("/*" + std::string(1 << 20, '*') + "*/").ok());
}

// What is accepted must be accepted again in the form in which it is kept.
TEST(LimitsTest, BytesOfTheCanonicalText) {
  std::string text = "definition user { relation rel: user\n";
  for (int i = 0; i < 40; ++i) {
    text +=
        fmt::format("permission p{:02}=rel", i) + Repeat("+rel", 23'000) + "\n";
  }
  text += "}";
  ASSERT_LT(text.size(), kMaxSchemaBytes);
  ExpectParseError(CompileInTime(text), 1, 1, "in canonical format has");
}

TEST(LimitsTest, AliasDoubling) {
  std::string body = "permission p00000 = nil\n";
  for (int i = 1; i < 4000; ++i) {
    body +=
        fmt::format("permission p{:05} = p{:05} + p{:05}\n", i, i - 1, i - 1);
  }
  EXPECT_TRUE(CompileInTime(InDocument(body)).ok());
  // A walk along every alias from every alias would be quadratic.
  body = "permission p00000 = p04998\npermission p04998 = nil\n";
  for (int i = 1; i < 4998; ++i) {
    body += fmt::format("permission p{:05} = p{:05}\n", i, i - 1);
  }
  EXPECT_TRUE(CompileInTime(InDocument(body)).ok());
}

TEST(LimitsTest, PartialsInPartials) {
  const auto chain = [](size_t length, bool backwards) {
    std::string text = "use partial\ndefinition user { ...part0 }\n";
    for (size_t i = 0; i < length; ++i) {
      const size_t k = backwards ? length - 1 - i : i;
      text += k + 1 < length
                  ? fmt::format("partial part{} {{ ...part{} }}\n", k, k + 1)
                  : fmt::format("partial part{} {{}}\n", k);
    }
    return text;
  };
  for (const bool backwards : {false, true}) {
    EXPECT_TRUE(CompileInTime(chain(64, backwards)).ok());
    EXPECT_THAT(std::string(CompileInTime(chain(65, backwards)).message()),
                testing::HasSubstr("partials nested more than 64 deep"));
    EXPECT_FALSE(CompileInTime(chain(5000, backwards)).ok());
  }
}

TEST(LimitsTest, PartialsThatMultiply) {
  // Twice the one below, 60 times over; there is nothing to copy.
  std::string text = "use partial\npartial part0 {}\n";
  for (int i = 1; i < 60; ++i) {
    text += fmt::format("partial part{} {{ ...part{}\n...part{} }}\n", i, i - 1,
                        i - 1);
  }
  EXPECT_TRUE(CompileInTime(text).ok());
  // One large partial in many definitions.
  text = "use partial\npartial large {\n";
  for (int i = 0; i < 5000; ++i) {
    text += fmt::format("relation rel{}: type0\n", i);
  }
  text += "}\n";
  for (int i = 0; i < 5000; ++i) {
    text += fmt::format("definition type{} {{ ...large }}\n", i);
  }
  EXPECT_THAT(std::string(CompileInTime(text).message()),
              testing::HasSubstr("makes the schema too large"));
}

TEST(LimitsTest, CommentsBetweenSemicolons) {
  EXPECT_TRUE(CompileInTime(Repeat("/*c*/;", 500'000)).ok());
  EXPECT_TRUE(CompileInTime(InDocument(Repeat("/*c*/;", 500'000))).ok());
}

TEST(LimitsTest, ErrorsStaySmall) {
  const std::string name(1'000'000, 'a');
  for (const std::string& text :
       {name, "definition " + name + " {}",
        InDocument("permission view = " + name),
        InDocument("relation viewer: " + name),
        InDocument("relation viewer: team#" + name)}) {
    const absl::Status status = CompileInTime(text);
    EXPECT_LT(status.message().size(), 1024u);
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info.has_value());
    for (const auto& [key, value] : info->metadata) {
      EXPECT_LT(value.size(), 300u) << key;
    }
  }
  // A cycle of 5,000 names.
  std::string body = "permission p0000 = p4999\n";
  for (int i = 1; i < 5000; ++i) {
    body += fmt::format("permission p{:04} = p{:04}\n", i, i - 1);
  }
  const absl::Status status = CompileInTime(InDocument(body));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("other names of each other"));
  EXPECT_LT(status.message().size(), 1024u);
}

TEST(LimitsTest, TypesInTypes) {
  const auto nested = [](size_t depth) {
    return "caveat only(num " + Repeat("list<", depth) + "int" +
           Repeat(">", depth) + ") { num == [] }";
  };
  EXPECT_TRUE(CompileInTime(nested(64)).ok());
  ExpectParseError(CompileInTime(nested(65)), 1, 17 + 64 * 5,
                   "type nested more than 64 deep");
}

TEST(LimitsTest, AnnotationsOfManyPermissions) {
  // Each of 4,000 annotated permissions leads through all before it.
  std::string body = "relation viewer: user\npermission p0000: user = viewer\n";
  for (int i = 1; i < 4000; ++i) {
    body +=
        fmt::format("permission p{:04}: user = p{:04} + viewer\n", i, i - 1);
  }
  const absl::Status status =
      CompileInTime("use typechecking\n" + InDocument(body));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("more than 10000000 steps"));
}

}  // namespace
}  // namespace kith::schema
