#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command_run.h"
#include "support/server_process.h"
#include "tools/kith/errors.h"

// The command against a real kithd.

namespace kith::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Parsed = nlohmann::json;

constexpr char kSchema[] =
    "definition group {\n"
    "\trelation member: user | group#member\n"
    "}\n"
    "\n"
    "definition document {\n"
    "\trelation viewer: user | group#member\n"
    "\trelation banned: user\n"
    "\tpermission view = viewer - banned\n"
    "}\n"
    "\n"
    "definition user {}\n";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// One server for all tests; each begins with an empty schema and no
// relationships but its own types' names.
class ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<support::ServerProcess>();
    server_->Start();
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    shell.environment["KITH_ENDPOINT"] = server_->address();
    shell.environment["KITH_TOKEN"] = support::ServerProcess::kKey;
    for (const std::string type : {"group", "document"}) {
      shell.Run({"relationship", "delete", "--yes", "--filter", type});
    }
    const auto written = shell.Run({"schema", "write", "-"}, kSchema);
    ASSERT_EQ(written.code, kExitOk) << written.err;
  }

  // Runs and expects success.
  std::string Out(const std::vector<std::string>& args,
                  const std::string& input = "") {
    const auto ended = shell.Run(args, input);
    EXPECT_EQ(ended.code, kExitOk) << ended.err;
    return ended.out;
  }

  Shell shell;
  static std::unique_ptr<support::ServerProcess> server_;
};
std::unique_ptr<support::ServerProcess> ServerTest::server_;

TEST_F(ServerTest, ChecksAreExplained) {
  Out({"relationship", "touch", "document:a#viewer@group:eng#member",
       "group:eng#member@user:anne"});
  EXPECT_EQ(
      Out({"check", "document:a#view@user:anne", "--explain", "--ascii"}),
      "yes\n\n"
      "yes document:a#view = viewer - banned\n"
      "|-- yes document:a#viewer\n"
      "|   `-- yes group:eng#member\n"
      "|       |   by document:a#viewer@group:eng#member\n"
      "|       `-- yes group:eng#member@user:anne\n"
      "`-- no document:a#banned\n");
  const auto json = Parsed::parse(
      Out({"check", "document:a", "view", "user:anne", "--explain", "--json"}));
  EXPECT_EQ(json["trace"]["steps"][0]["steps"][0]["through"]["relationship"],
            "document:a#viewer@group:eng#member");
  const auto bulk = shell.Run({"check", "--bulk", "-", "--explain"});
  EXPECT_EQ(bulk.code, kExitUsage);
}

TEST_F(ServerTest, SchemaRoundTrip) {
  const std::string read = Out({"schema", "read"});
  EXPECT_THAT(read, HasSubstr("permission view = viewer - banned"));
  Out({"schema", "write", "-"}, read);
  EXPECT_EQ(Out({"schema", "read"}), read);
  const auto json = Parsed::parse(Out({"schema", "read", "--json"}));
  EXPECT_EQ(json["schema"], read);
  EXPECT_NE(json["read_at"], "");
}

TEST_F(ServerTest, ASchemaOfSeveralFilesIsWrittenAsOne) {
  shell.folder.Write("user.zed", "definition user {}\n");
  const std::string main = shell.folder.Write(
      "main.zed",
      "use import\nimport \"user.zed\"\n"
      "definition document {\n  relation document_owner: user\n}\n");
  const auto written = shell.Run({"schema", "write", main});
  EXPECT_EQ(written.code, kExitOk) << written.err;
  EXPECT_THAT(written.err, HasSubstr("warning: "));
  EXPECT_EQ(Out({"schema", "read"}),
            "definition document {\n\trelation document_owner: user\n}\n\n"
            "definition user {}\n");
  shell.folder.Write("user.zed", "definition");
  const auto refused = shell.Run({"schema", "write", main});
  EXPECT_EQ(refused.code, kExitRefused);
  EXPECT_THAT(refused.err, HasSubstr("user.zed:1:11: error: "));
  EXPECT_THAT(refused.err, HasSubstr("the server keeps its schema"));
}

TEST_F(ServerTest, DiffWithTheServersSchema) {
  EXPECT_EQ(Out({"schema", "diff", "--server", "-"}, kSchema), "");
  const auto differs =
      shell.Run({"schema", "diff", "--server", "-"},
                std::string(kSchema) + "definition robot {}\n");
  EXPECT_EQ(differs.code, kExitNo) << differs.err;
  EXPECT_EQ(differs.out, "+ definition robot\n");
}

TEST_F(ServerTest, ReflectTheServersSchema) {
  EXPECT_EQ(Out({"schema", "reflect", "--definition", "doc"}),
            "definition document {\n\trelation viewer: user | group#member\n"
            "\trelation banned: user\n\tpermission view\n}\n");
  const auto json = Parsed::parse(
      Out({"schema", "reflect", "--definition", "user", "--json"}));
  EXPECT_EQ(json["definition"], "user");
  EXPECT_EQ(shell.Run({"schema", "reflect", "--relation", "viewer"}).code,
            kExitRefused);
}

TEST_F(ServerTest, BulkCheckReadsJsonLines) {
  Out({"relationship", "touch", "document:readme#viewer@user:anne"});
  const std::string anne =
      R"({"resource":"document:readme","permission":"view",)"
      R"("subject":"user:anne","context":{"hour":9}})";
  const std::string tom = "document:readme#view@user:tom";
  const auto ended = shell.Run({"check", "--bulk", "-", "--caveat-context",
                                R"({"day":"monday"})"},
                               anne + "\n\n" + tom + "\n");
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, anne + "\tyes\n" + tom + "\tno\n");
  for (const std::string line :
       {"{", R"({"resource":"document:readme","permission":"view"})",
        R"({"resource":"document:readme","permission":"view",)"
        R"("subject":"user:anne","when":1})"}) {
    const auto bad = shell.Run({"check", "--bulk", "-"}, line + "\n");
    EXPECT_EQ(bad.code, kExitRefused) << line;
    EXPECT_THAT(bad.out, StartsWith(line + "\terror\t"));
  }
}

TEST_F(ServerTest, ARefusedSchemaIsShownWithItsPlace) {
  const auto ended = shell.Run({"schema", "write", "-"},
                               "definition user {}\n"
                               "definition document {\n"
                               "  relation viewer: usr\n}\n");
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_THAT(ended.err, StartsWith("-:3:20: "));
  EXPECT_THAT(ended.err, HasSubstr("^~"));
  const auto json = shell.Run({"schema", "write", "-", "--json"}, "definition");
  EXPECT_EQ(json.code, kExitRefused);
  EXPECT_EQ(Parsed::parse(json.err)["reason"],
            "ERROR_REASON_SCHEMA_PARSE_ERROR");
}

TEST_F(ServerTest, CheckExitsWithTheAnswer) {
  Out({"relationship", "touch", "document:readme#viewer@user:anne"});
  auto ended = shell.Run({"check", "document:readme", "view", "user:anne"});
  EXPECT_EQ(ended.code, kExitOk);
  EXPECT_EQ(ended.out, "yes\n");
  ended = shell.Run({"check", "document:readme#view@user:tom"});
  EXPECT_EQ(ended.code, kExitNo);
  EXPECT_EQ(ended.out, "no\n");
  ended = shell.Run({"check", "document:readme#nothing@user:tom"});
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_THAT(ended.err,
              HasSubstr("ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION"));
  const auto json =
      shell.Run({"check", "document:readme#nothing@user:tom", "--json"});
  EXPECT_EQ(json.code, kExitRefused);
  const auto error = Parsed::parse(json.err);
  EXPECT_EQ(error["code"], "FAILED_PRECONDITION");
  EXPECT_EQ(error["reason"], "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION");
  EXPECT_EQ(error["metadata"]["definition_name"], "document");
}

TEST_F(ServerTest, LookupResourcesPrintsIdsInOrder) {
  Out({"relationship", "touch", "document:b#viewer@group:eng#member",
       "document:a#viewer@user:anne", "document:c#viewer@user:anne",
       "document:c#banned@user:anne", "group:eng#member@user:anne"});
  EXPECT_EQ(Out({"lookup-resources", "document", "view", "user:anne"}),
            "a\nb\n");
  EXPECT_EQ(Out({"lookup-resources", "document", "view", "group:eng#member"}),
            "b\n");
  const auto first = Parsed::parse(Out({"lookup-resources", "document", "view",
                                        "user:anne", "--limit", "1",
                                        "--json"}));
  EXPECT_EQ(first["resource"]["id"], "a");
  EXPECT_EQ(first["permissionship"], "yes");
  EXPECT_EQ(Out({"lookup-resources", "document", "view", "user:anne",
                 "--cursor", first["cursor"].get<std::string>()}),
            "b\n");
  EXPECT_EQ(shell.Run({"lookup-resources", "document", "edit", "user:anne"})
                .code,
            kExitRefused);
}

TEST_F(ServerTest, CheckAtTokens) {
  const auto before = Parsed::parse(Out(
      {"relationship", "touch", "document:readme#viewer@user:tom", "--json"}));
  const auto after = Parsed::parse(Out(
      {"relationship", "touch", "document:readme#viewer@user:anne", "--json"}));
  const std::string question = "document:readme#view@user:anne";
  EXPECT_EQ(shell
                .Run({"check", question, "--consistency-at-exactly",
                      before["written_at"].get<std::string>()})
                .code,
            kExitNo);
  EXPECT_EQ(shell
                .Run({"check", question, "--consistency-at-least",
                      after["written_at"].get<std::string>()})
                .code,
            kExitOk);
  EXPECT_EQ(shell.Run({"check", question, "--consistency-full"}).code,
            kExitOk);
  EXPECT_EQ(shell
                .Run({"check", question, "--consistency-at-exactly",
                      "nonsense"})
                .code,
            kExitRefused);
}

TEST_F(ServerTest, CreateRefusesWhatIsThere) {
  const std::string relationship = "document:readme#viewer@user:anne";
  Out({"relationship", "create", relationship});
  const auto again = shell.Run({"relationship", "create", relationship});
  EXPECT_EQ(again.code, kExitRefused);
  EXPECT_THAT(again.err,
              HasSubstr("ERROR_REASON_ATTEMPT_TO_RECREATE_RELATIONSHIP"));
  Out({"relationship", "touch", relationship});
  Out({"relationship", "delete", relationship});
  Out({"relationship", "delete", relationship});
  Out({"relationship", "create", relationship});
}

TEST_F(ServerTest, LoadReadDelete) {
  std::string text = "# generated\n";
  std::set<std::string> expected;
  for (int i = 0; i < 3500; ++i) {
    const std::string line = fmt::format("document:d{}#viewer@user:anne", i);
    expected.insert(line);
    text += line + "\n";
  }
  const auto loaded = shell.Run({"relationship", "load", "-"}, text);
  ASSERT_EQ(loaded.code, kExitOk) << loaded.err;
  EXPECT_THAT(loaded.err, HasSubstr("3,500 relationships loaded"));

  const auto read =
      Lines(Out({"relationship", "read", "document", "--page-size", "900"}));
  EXPECT_EQ(std::set<std::string>(read.begin(), read.end()), expected);
  EXPECT_EQ(read.size(), expected.size()) << "a page boundary repeats";
  EXPECT_EQ(Lines(Out({"relationship", "read", "document", "--limit", "1001"}))
                .size(),
            1001u);
  const auto object =
      Parsed::parse(Out({"relationship", "read", "document:d17", "--json"}));
  EXPECT_EQ(object["relationship"], "document:d17#viewer@user:anne");
  EXPECT_EQ(object["subject"]["id"], "anne");

  EXPECT_EQ(shell
                .Run({"relationship", "delete", "--filter", "document",
                      "--limit", "10", "--yes"})
                .code,
            kExitRefused);
  auto deleted = Parsed::parse(
      Out({"relationship", "delete", "--filter", "document", "--limit", "10",
           "--allow-partial", "--yes", "--json"}));
  EXPECT_EQ(deleted["deleted"], 10);
  EXPECT_EQ(deleted["complete"], false);

  shell.interactive = true;
  const auto refused =
      shell.Run({"relationship", "delete", "--filter", "document"}, "n\n");
  EXPECT_EQ(refused.code, kExitNo);
  EXPECT_THAT(refused.err, HasSubstr("3,490 relationships match document"));
  const auto agreed =
      shell.Run({"relationship", "delete", "--filter", "document"}, "y\n");
  EXPECT_EQ(agreed.code, kExitOk);
  EXPECT_THAT(agreed.out, HasSubstr("deleted 3,490 relationships"));
  EXPECT_EQ(Out({"relationship", "read", "document"}), "");
}

TEST_F(ServerTest, ALoadOfOneBatchIsAtomic) {
  const auto ended = shell.Run({"relationship", "load", "-"},
                               "document:a#viewer@user:anne\n"
                               "\n"
                               "document:a#banned@group:eng#member\n");
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_THAT(ended.err, HasSubstr("ERROR_REASON_INVALID_SUBJECT_TYPE"));
  EXPECT_EQ(Out({"relationship", "read", "document"}), "");
}

TEST_F(ServerTest, LoadCreateStopsAtWhatIsThere) {
  const std::string text = "document:a#viewer@user:anne\n";
  Out({"relationship", "load", "--create", "-"}, text);
  EXPECT_EQ(shell.Run({"relationship", "load", "--create", "-"}, text).code,
            kExitRefused);
  Out({"relationship", "load", "-"}, text);
}

TEST_F(ServerTest, BulkCheckAnswersEveryLineInOrder) {
  Out({"relationship", "touch", "document:readme#viewer@user:anne"});
  std::string questions = "// generated\n";
  std::string expected;
  for (int i = 0; i < 2500; ++i) {
    const std::string line = fmt::format("document:readme#view@user:{}",
                                         i % 2 == 0 ? "anne" : "tom");
    questions += line + "\n";
    expected += line + (i % 2 == 0 ? "\tyes\n" : "\tno\n");
  }
  const auto ended = shell.Run({"check", "--bulk", "-"}, questions);
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, expected);
  EXPECT_THAT(ended.err, HasSubstr("1,250 yes, 1,250 no, 0 conditional, 0 "
                                   "errors"));
}

TEST_F(ServerTest, BulkCheckGoesOnBehindALineWithoutAnswer) {
  Out({"relationship", "touch", "document:readme#viewer@user:anne"});
  const std::string questions =
      "nonsense\n"
      "document:readme#nothing@user:anne\n"
      "document:readme#view@user:anne\n";
  const auto ended = shell.Run({"check", "--bulk", "-"}, questions);
  EXPECT_EQ(ended.code, kExitRefused);
  const auto lines = Lines(ended.out);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], StartsWith("nonsense\terror\t"));
  EXPECT_THAT(lines[1], StartsWith("document:readme#nothing@user:anne\terror"));
  EXPECT_EQ(lines[2], "document:readme#view@user:anne\tyes");
}

TEST_F(ServerTest, ExpandDrawsTheTree) {
  Out({"relationship", "touch", "document:readme#viewer@user:anne",
       "document:readme#viewer@group:eng#member",
       "document:readme#banned@user:tom"});
  const std::string drawn = Out({"expand", "document:readme", "view"});
  EXPECT_THAT(drawn, StartsWith("document:readme#view (exclusion)\n"));
  EXPECT_THAT(drawn, HasSubstr("-- user:anne\n"));
  EXPECT_THAT(drawn, HasSubstr("-- group:eng#member\n"));
  EXPECT_THAT(drawn, HasSubstr("minus document:readme#banned\n"));
  const auto json =
      Parsed::parse(Out({"expand", "document:readme#view", "--json"}));
  EXPECT_EQ(json["tree"]["kind"], "exclusion");
}

TEST_F(ServerTest, LookupSubjectsPrintsWhoAndWhoNot) {
  Out({"schema", "write", "-"},
      "caveat at_work(office bool) { office }\ndefinition user {}\n"
      "definition document {\n  relation viewer: user | user:*\n"
      "  relation banned: user | user with at_work\n"
      "  permission view = viewer - banned\n}\n");
  Out({"relationship", "touch", "document:a#viewer@user:*",
       "document:a#viewer@user:carl", "document:a#viewer@user:dora",
       "document:a#banned@user:anne", "document:a#banned@user:bob[at_work]"});
  EXPECT_EQ(Out({"lookup-subjects", "document:a", "view", "user"}),
            "user:*\n  except user:anne\n"
            "  except user:bob\tconditional (missing: office)\n"
            "user:carl\nuser:dora\n");
  EXPECT_EQ(Out({"lookup-subjects", "document:a", "view", "user",
                 "--caveat-context", "{\"office\":false}", "--limit", "1"}),
            "user:*\n  except user:anne\nuser:carl\n");
  const auto lines =
      Lines(Out({"lookup-subjects", "document:a", "view", "user", "--json"}));
  ASSERT_EQ(lines.size(), 3u);
  const auto wildcard = Parsed::parse(lines[0]);
  EXPECT_EQ(wildcard["subject"]["id"], "*");
  EXPECT_EQ(wildcard["excluded"][1]["exclusion"], "conditional");
  const std::string cursor = Parsed::parse(lines[1])["cursor"];
  EXPECT_EQ(Out({"lookup-subjects", "document:a", "view", "user", "--cursor",
                 cursor}),
            "user:dora\n");
  EXPECT_EQ(
      Out({"lookup-subjects", "document:a", "view", "user", "--no-wildcards"}),
      "user:carl\nuser:dora\n");
}

TEST_F(ServerTest, ExpiryIsWrittenAndReadBack) {
  Out({"schema", "write", "-"},
      "use expiration\ndefinition user {}\ndefinition group {}\n"
      "definition document { relation viewer: user with expiration\n}\n");
  Out({"relationship", "touch", "document:a#viewer@user:anne", "--expires",
       "2123-01-02T03:04:05Z"});
  EXPECT_EQ(Out({"relationship", "read", "document"}),
            "document:a#viewer@user:anne[expiration:2123-01-02T03:04:05Z]\n");
  Out({"relationship", "delete", "document:a#viewer@user:anne"});
}

TEST_F(ServerTest, AWrongOrMissingKeyIsDenied) {
  shell.environment["KITH_TOKEN"] = "wrong";
  EXPECT_EQ(shell.Run({"schema", "read"}).code, kExitDenied);
  shell.environment.erase("KITH_TOKEN");
  const auto ended = shell.Run({"schema", "read"});
  EXPECT_EQ(ended.code, kExitDenied);
  EXPECT_THAT(ended.err, HasSubstr("--token"));
}

}  // namespace
}  // namespace kith::tool
