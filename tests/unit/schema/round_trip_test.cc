#include <random>
#include <string>
#include <vector>

#include "schema_text.h"
#include "support/seed.h"

// Random schemas: what is printed means what was written.

namespace kith::schema {
namespace {

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::string Schema() {
    std::string out = "use self\nuse expiration\n";
    if (Chance(3)) out += Comment() + "use partial\n";
    const bool partial = out.find("partial") != std::string::npos;
    if (partial) {
      out += "partial shared {" + Space() + Comment() +
             "relation from_partial: type0\n}\n";
    }
    for (int i = 0; i < kTypes; ++i) {
      out += Comment() + fmt::format("definition type{}{}{{", i, Space());
      std::vector<std::string> members = Members();
      if (partial && Chance(2)) members.push_back("...shared");
      std::shuffle(members.begin(), members.end(), random_);
      for (const std::string& member : members) {
        out += "\n" + Comment() + Space() + member + Trailing();
      }
      out += "\n" + Comment() + "}\n";
      if (Chance(3)) {
        out +=
            Comment() +
            fmt::format("caveat cav{}(num int) {{ // d\nnum == {} }}\n", i, i);
      }
    }
    return out + Comment();
  }

 private:
  static constexpr int kTypes = 4;
  static constexpr int kRelations = 3;
  static constexpr int kPermissions = 3;

  int Below(int n) {
    return std::uniform_int_distribution<int>(0, n - 1)(random_);
  }
  bool Chance(int n) { return Below(n) == 0; }

  std::string Space() {
    const char* const spaces[] = {" ", "  ", "\t", " /* c */ "};
    return spaces[Below(4)];
  }
  std::string Comment() {
    const char* const comments[] = {"",
                                    "",
                                    "",
                                    "// one\n",
                                    "\n  // far\n\n",
                                    "/* two\n     lines */\n",
                                    "  /* a */ /* b */\n\n// c\n"};
    return comments[Below(7)];
  }
  std::string Trailing() {
    const char* const ends[] = {"", ";", " // end", "; /* end */",
                                " /* b\n */"};
    return ends[Below(5)];
  }

  std::vector<std::string> Members() {
    std::vector<std::string> out;
    for (int i = 0; i < kRelations; ++i) {
      out.push_back(fmt::format("relation rel{}: {}", i, Allowed(i)));
    }
    for (int i = 0; i < kPermissions; ++i) {
      out.push_back(fmt::format("permission perm{} ={}{} + rel0", i, Space(),
                                Expression(4)));
    }
    return out;
  }

  // rel2 may hold wildcards and is never the left side of an arrow.
  std::string Allowed(int relation) {
    std::vector<std::string> all;
    for (int i = 0; i < kTypes; ++i) {
      all.push_back(fmt::format("type{}", i));
      all.push_back(fmt::format("type{} with expiration", i));
      all.push_back(fmt::format("type{}#rel{}", i, Below(2)));
      all.push_back(fmt::format("type{}#perm{} with expiration", i, Below(3)));
      if (relation == 2) all.push_back(fmt::format("type{}:*", i));
    }
    std::shuffle(all.begin(), all.end(), random_);
    all.resize(1 + Below(4));
    std::string out;
    for (const std::string& allowed : all) {
      out += (out.empty() ? "" : " |" + Space()) + allowed;
    }
    return out;
  }

  std::string Expression(int depth) {
    if (depth == 0 || Chance(4)) return Leaf();
    const char* const signs[] = {" + ", " & ", " - "};
    std::string out = Operand(depth);
    for (int more = 1 + Below(2); more > 0; --more) {
      out += signs[Below(3)] + Operand(depth);
    }
    return out;
  }
  std::string Operand(int depth) {
    if (Chance(2)) return Leaf();
    return "(" + Expression(depth - 1) + ")";
  }
  std::string Leaf() {
    switch (Below(6)) {
      case 0:
        return "nil";
      case 1:
        return "self";
      case 2:
        return fmt::format("perm{}", Below(kPermissions));
      case 3:
        return fmt::format("rel{}->perm{}", Below(2), Below(kPermissions));
      case 4:
        return fmt::format("rel{}.all(rel{})", Below(2), Below(kRelations));
      default:
        return fmt::format("rel{}", Below(kRelations));
    }
  }

  std::mt19937_64 random_;
};

bool Same(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || a.name != b.name || a.target != b.target ||
      a.operands.size() != b.operands.size()) {
    return false;
  }
  for (size_t i = 0; i < a.operands.size(); ++i) {
    if (!Same(a.operands[i], b.operands[i])) return false;
  }
  return true;
}

void ExpectSame(const Definition& a, const Definition& b) {
  EXPECT_EQ(a.doc, b.doc);
  ASSERT_EQ(a.relations.size(), b.relations.size());
  ASSERT_EQ(a.permissions.size(), b.permissions.size());
  for (size_t i = 0; i < a.relations.size(); ++i) {
    EXPECT_EQ(a.relations[i].name, b.relations[i].name);
    EXPECT_EQ(a.relations[i].doc, b.relations[i].doc);
    ASSERT_EQ(a.relations[i].allowed.size(), b.relations[i].allowed.size());
    for (size_t k = 0; k < a.relations[i].allowed.size(); ++k) {
      EXPECT_EQ(a.relations[i].allowed[k].ToString(),
                b.relations[i].allowed[k].ToString());
    }
  }
  for (size_t i = 0; i < a.permissions.size(); ++i) {
    EXPECT_EQ(a.permissions[i].name, b.permissions[i].name);
    EXPECT_EQ(a.permissions[i].doc, b.permissions[i].doc);
    EXPECT_TRUE(Same(a.permissions[i].expression, b.permissions[i].expression));
  }
}

void ExpectSame(const Schema& a, const Schema& b) {
  EXPECT_EQ(a.uses(), b.uses());
  ASSERT_EQ(a.definitions().size(), b.definitions().size());
  ASSERT_EQ(a.caveats().size(), b.caveats().size());
  for (const Definition& definition : a.definitions()) {
    const Definition* other = b.FindDefinition(definition.name);
    ASSERT_NE(other, nullptr);
    ExpectSame(definition, *other);
  }
  for (const Caveat& caveat : a.caveats()) {
    const Caveat* other = b.FindCaveat(caveat.name);
    ASSERT_NE(other, nullptr);
    EXPECT_EQ(caveat.expression, other->expression);
    EXPECT_EQ(caveat.doc, other->doc);
  }
}

TEST(RoundTripTest, PrintingAndFormattingKeepTheMeaning) {
  const uint64_t base = support::RandomSeed();
  for (uint64_t i = 0; i < 400 && !HasFailure(); ++i) {
    const uint64_t seed = base + i;
    const std::string text = Generator(seed).Schema();
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, text));
    const auto schema = MustCompile(text);
    ASSERT_EQ(schema->definitions().size(), 4u);

    const std::string printed = Print(*schema);
    const auto again = MustCompile(printed);
    ExpectSame(*schema, *again);
    EXPECT_EQ(Print(*again), printed);

    const auto formatted = Format(text);
    ASSERT_TRUE(formatted.ok()) << formatted.status();
    EXPECT_EQ(Format(*formatted).value(), *formatted);
    EXPECT_EQ(Print(*MustCompile(*formatted)), printed) << *formatted;
    EXPECT_EQ(Format(printed).value(), printed);
  }
}

// Damaged texts are refused or accepted, and what is accepted prints.
TEST(RoundTripTest, DamagedTextsDoNoHarm) {
  const uint64_t base = support::RandomSeed();
  size_t accepted = 0;
  for (uint64_t i = 0; i < 2000 && !HasFailure(); ++i) {
    const uint64_t seed = base + i;
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    std::string text = Generator(seed % 16).Schema();
    for (int k = 0; k < 2; ++k) {
      const size_t at = random() % text.size();
      const std::string_view bytes = "{}()<>:;,.|+-&#*=/\"'\n \\@a_0\x80";
      switch (random() % 3) {
        case 0:
          text[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 16));
      }
    }
    const auto schema = Compile(text);
    if (!schema.ok()) continue;
    ++accepted;
    const std::string printed = Print(**schema);
    EXPECT_EQ(Print(*MustCompile(printed)), printed) << text;
    const auto formatted = Format(text);
    ASSERT_TRUE(formatted.ok()) << formatted.status() << text;
    EXPECT_EQ(Format(*formatted).value(), *formatted) << text;
  }
  EXPECT_GT(accepted, 0u);
}

}  // namespace
}  // namespace kith::schema
