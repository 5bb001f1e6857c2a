#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/command_run.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"

namespace kith::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Nobody listens on port 1 of this machine.
constexpr char kNobody[] = "127.0.0.1:1";

TEST(CommandLineTest, EveryVerbHasHelpThatNamesItsFlags) {
  Shell shell;
  const std::vector<std::vector<std::string>> verbs = {
      {},
      {"schema"},
      {"schema", "read"},
      {"schema", "write"},
      {"schema", "validate"},
      {"schema", "format"},
      {"schema", "lint"},
      {"schema", "compile"},
      {"schema", "diff"},
      {"schema", "reflect"},
      {"relationship"},
      {"relationship", "touch"},
      {"relationship", "create"},
      {"relationship", "delete"},
      {"relationship", "read"},
      {"relationship", "load"},
      {"import"},
      {"export"},
      {"backup"},
      {"backup", "create"},
      {"backup", "restore"},
      {"backup", "inspect"},
      {"check"},
      {"expand"},
      {"lookup-subjects"},
      {"validate"},
      {"context"},
      {"context", "set"},
      {"context", "use"},
      {"context", "show"},
      {"context", "list"},
      {"context", "remove"},
      {"completion"},
      {"version"},
  };
  for (std::vector<std::string> verb : verbs) {
    const bool leaf =
        verb.size() == 2 || (verb.size() == 1 && verb[0] != "schema" &&
                             verb[0] != "relationship" &&
                             verb[0] != "backup" && verb[0] != "context");
    const std::string name = verb.empty() ? "kith" : verb.back();
    verb.push_back("--help");
    const auto ended = shell.Run(verb);
    EXPECT_EQ(ended.code, kExitOk) << name;
    EXPECT_EQ(ended.err, "") << name;
    EXPECT_THAT(ended.out, HasSubstr("Usage: ")) << name;
    if (leaf) {
      EXPECT_THAT(ended.out, HasSubstr("--json")) << name;
    }
  }
}

TEST(CommandLineTest, NonsenseIsAUsageErrorThatPointsAtTheHelp) {
  Shell shell;
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"schema"},
                                             {"schema", "write"},
                                             {"check", "--no-such-flag"},
                                             {"completion", "tcsh"}}) {
    const auto ended = shell.Run(args);
    EXPECT_EQ(ended.code, kExitUsage);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, StartsWith("kith: "));
    EXPECT_THAT(ended.err, HasSubstr("--help\""));
  }
}

TEST(CommandLineTest, UsageErrorsAreJsonUnderJson) {
  Shell shell;
  const auto ended = shell.Run({"check", "--json", "--no-such-flag"});
  EXPECT_EQ(ended.code, kExitUsage);
  const auto json = nlohmann::json::parse(ended.err);
  EXPECT_EQ(json["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(json["reason"], "ERROR_REASON_UNSPECIFIED");
  EXPECT_EQ(json["metadata"], nlohmann::json::object());
}

TEST(CommandLineTest, CheckTakesOneWordOrThree) {
  Shell shell;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {}, {"document:readme", "view"}, {"a", "b", "c", "d"}}) {
    std::vector<std::string> args = {"check", "--endpoint", kNobody};
    args.insert(args.end(), words.begin(), words.end());
    const auto ended = shell.Run(args);
    EXPECT_EQ(ended.code, kExitUsage) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("RESOURCE PERMISSION SUBJECT"));
  }
}

TEST(CommandLineTest, MalformedReferencesAreRefusedBeforeAnyCall) {
  Shell shell;
  const auto ended = shell.Run(
      {"check", "document", "view", "user:anne", "--endpoint", kNobody});
  EXPECT_EQ(ended.code, kExitRefused) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("document"));
}

TEST(CommandLineTest, OnlyOneConsistencyMayBeAsked) {
  Shell shell;
  const auto ended =
      shell.Run({"check", "document:readme", "view", "user:anne",
                 "--consistency-full", "--consistency-at-exactly", "t"});
  EXPECT_EQ(ended.code, kExitUsage);
}

TEST(CommandLineTest, UnreachableServerSaysWhatToDo) {
  Shell shell;
  const auto ended = shell.Run(
      {"check", "document:readme#view@user:anne", "--endpoint", kNobody});
  EXPECT_EQ(ended.code, kExitUnavailable);
  EXPECT_THAT(ended.err, HasSubstr("cannot reach 127.0.0.1:1: start it with "
                                   "\"kithd serve\" or set --endpoint"));
}

TEST(CommandLineTest, UnreachableServerIsJsonUnderJson) {
  Shell shell;
  const auto ended =
      shell.Run({"schema", "read", "--json", "--endpoint", kNobody});
  EXPECT_EQ(ended.code, kExitUnavailable);
  EXPECT_EQ(nlohmann::json::parse(ended.err)["code"], "UNAVAILABLE");
}

TEST(CommandLineTest, ReadAndDeleteNeedAFilter) {
  Shell shell;
  for (const std::string verb : {"read", "delete"}) {
    const auto ended = shell.Run({"relationship", verb});
    EXPECT_EQ(ended.code, kExitUsage);
    EXPECT_THAT(ended.err, HasSubstr("--resource-type"));
  }
}

TEST(CommandLineTest, DeletingByFilterAsksOnlyAtATerminal) {
  Shell shell;
  const auto ended = shell.Run({"relationship", "delete", "--filter",
                                "document", "--endpoint", kNobody});
  EXPECT_EQ(ended.code, kExitUsage);
  EXPECT_THAT(ended.err, HasSubstr("--yes"));
}

TEST(CommandLineTest, LoadReportsEveryBadLineAndContactsNobody) {
  Shell shell;
  const std::string path =
      shell.folder.Write("relationships.txt",
                         "# comment\n"
                         "document:readme#viewer@user:anne\n"
                         "\n"
                         "document:readme#viewer\n"
                         "// comment\n"
                         "document:readme@user:anne\n");
  const auto ended =
      shell.Run({"relationship", "load", path, "--endpoint", kNobody});
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_THAT(ended.err, HasSubstr("relationships.txt: line 4: "));
  EXPECT_THAT(ended.err, HasSubstr("relationships.txt: line 6: "));
  EXPECT_THAT(ended.err, HasSubstr("nothing was loaded: 2 bad lines"));
}

TEST(CommandLineTest, APipeIsReadTwiceLikeAFile) {
  Shell shell;
  const std::string pipe = shell.folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << "text\n"; });
  std::istringstream in;
  std::ostringstream out, err;
  Terminal terminal{in, out, err};
  const auto stream = OpenSeekable(pipe, terminal);
  writer.join();
  ASSERT_TRUE(stream.ok()) << stream.status();
  for (int pass = 0; pass < 2; ++pass) {
    std::string line;
    EXPECT_TRUE(std::getline(**stream, line)) << pass;
    EXPECT_EQ(line, "text");
    (*stream)->seekg(0);
  }
}

TEST(CommandLineTest, FilesThatCannotBeReadAreSaidSo) {
  Shell shell;
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {"schema", "validate", shell.folder / "none.zed"},
           {"schema", "write", shell.folder / "none.zed"},
           {"relationship", "load", shell.folder / "none.txt"},
           {"check", "--bulk", shell.folder / "none.txt"},
           {"validate", shell.folder / "none.yaml"}}) {
    const auto ended = shell.Run(args);
    EXPECT_EQ(ended.code, kExitNoInput) << args[0] << " " << args[1];
    EXPECT_THAT(ended.err, HasSubstr("cannot read"));
  }
}

TEST(CommandLineTest, VersionInBothForms) {
  Shell shell;
  EXPECT_THAT(shell.Run({"version"}).out, StartsWith("kith "));
  const auto json = nlohmann::json::parse(shell.Run({"version", "--json"}).out);
  EXPECT_TRUE(json.contains("version"));
}

TEST(CommandLineTest, OutputThatCannotBeWrittenIsAnErrorUnlessTheReaderLeft) {
  for (const bool reader_left : {false, true}) {
    std::istringstream in;
    std::ostringstream out, err;
    out.setstate(std::ios::badbit);
    Terminal terminal{in, out, err};
    terminal.reader_left = [&] { return reader_left; };
    const int code = RunTool({"version"}, terminal,
                             [](std::string_view) { return std::nullopt; });
    EXPECT_EQ(code, reader_left ? kExitOk : kExitCannotWrite);
    EXPECT_EQ(err.str().empty(), reader_left) << err.str();
  }
}

TEST(CommandLineTest, CompletionKnowsTheVerbs) {
  Shell shell;
  for (const std::string name : {"bash", "zsh", "fish"}) {
    const auto ended = shell.Run({"completion", name});
    EXPECT_EQ(ended.code, kExitOk);
    EXPECT_THAT(ended.out, HasSubstr("kith relationship load"));
    EXPECT_THAT(ended.out, HasSubstr("--consistency-full"));
  }
}

}  // namespace
}  // namespace kith::tool
