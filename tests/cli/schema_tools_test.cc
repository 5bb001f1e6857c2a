#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command_run.h"
#include "tools/kith/errors.h"

// The verbs that read schemas from files, without a server.

namespace kith::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Parsed = nlohmann::json;

constexpr char kMain[] =
    "use import\nuse partial\nimport \"lib/types.zed\"\n"
    "definition document {\n\t...owned\n\tpermission view = owner\n}\n";
constexpr char kTypes[] =
    "use partial\npartial owned {\n\trelation owner: user\n}\n"
    "definition user {}\n";
constexpr char kFlat[] =
    "definition document {\n\trelation owner: user\n\n"
    "\tpermission view = owner\n}\n\ndefinition user {}\n";
constexpr char kDubious[] =
    "definition user {}\ndefinition document {\n"
    "\trelation document_owner: user\n}\n";

class SchemaToolsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(shell.folder / "lib");
    main = shell.folder.Write("main.zed", kMain);
    types = shell.folder.Write("lib/types.zed", kTypes);
  }

  Shell shell;
  std::string main;
  std::string types;
};

TEST_F(SchemaToolsTest, CompilePrintsTheFlatSchema) {
  const auto ended = shell.Run({"schema", "compile", main});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, kFlat);
  const auto json =
      Parsed::parse(shell.Run({"schema", "compile", main, "--json"}).out);
  EXPECT_EQ(json["schema"], kFlat);
  EXPECT_THAT(json["files"], ElementsAre(main, types));
}

TEST_F(SchemaToolsTest, CompileWritesAFile) {
  const std::string out = shell.folder / "flat.zed";
  const auto ended = shell.Run({"schema", "compile", main, "--out", out});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ReadFile(out), kFlat);
}

TEST_F(SchemaToolsTest, ErrorsAreShownInTheFileTheyAreIn) {
  shell.folder.Write("lib/types.zed", "\n\npartial owned {\n");
  const auto ended = shell.Run({"schema", "compile", main});
  EXPECT_EQ(ended.code, kExitRefused);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, StartsWith(types + ":3:1: error: "));
  EXPECT_THAT(ended.err, HasSubstr("  3 | partial owned {\n"));
  const auto validated = shell.Run({"schema", "validate", main, "--json"});
  EXPECT_EQ(validated.code, kExitNo);
  EXPECT_EQ(Parsed::parse(validated.out)["file"], types);
  EXPECT_EQ(Parsed::parse(validated.out)["line"], 3);
}

TEST_F(SchemaToolsTest, ImportsStayInTheFolder) {
  const std::string inner = shell.folder / "inner";
  std::filesystem::create_directories(inner);
  std::filesystem::create_symlink(types, inner + "/link.zed");
  std::filesystem::create_symlink("/dev/zero", inner + "/zero.zed");
  std::filesystem::create_directories(inner + "/folder.zed");
  for (const std::string name : {"../lib/types.zed", "/etc/passwd", "link.zed",
                                 "zero.zed", "folder.zed", "missing.zed"}) {
    const auto ended = shell.Run(
        {"schema", "validate",
         shell.folder.Write("inner/main.zed",
                            "use import\nimport \"" + name + "\"\n")});
    EXPECT_EQ(ended.code, kExitNo) << name;
    EXPECT_THAT(ended.err, HasSubstr("main.zed:2:8: error: cannot import"))
        << name;
  }
}

TEST_F(SchemaToolsTest, ValidateShowsWarnings) {
  const std::string path = shell.folder.Write("dubious.zed", kDubious);
  const auto ended = shell.Run({"schema", "validate", path});
  EXPECT_EQ(ended.code, kExitOk);
  EXPECT_EQ(ended.out, path + ": ok\n");
  EXPECT_THAT(ended.err, StartsWith(path + ":3:11: warning: "));
  EXPECT_THAT(ended.err, HasSubstr("[relation-name-references-parent]\n"));
  EXPECT_THAT(ended.err, HasSubstr("^~~~~~~~~~~~~~\n"));
  EXPECT_EQ(shell.Run({"schema", "validate", "--fail-on-warn", path}).code,
            kExitNo);
  EXPECT_EQ(shell.Run({"schema", "validate", "--fail-on-warn", main}).code,
            kExitOk);
  const auto json =
      Parsed::parse(shell.Run({"schema", "validate", path, "--json"}).out);
  EXPECT_EQ(json["valid"], true);
  ASSERT_EQ(json["warnings"].size(), 1u);
  EXPECT_EQ(json["warnings"][0]["code"], "relation-name-references-parent");
}

TEST_F(SchemaToolsTest, LintExitsWithWhetherThereIsAWarning) {
  EXPECT_EQ(shell.Run({"schema", "lint", main}).code, kExitOk);
  const auto ended = shell.Run({"schema", "lint", "-"}, kDubious);
  EXPECT_EQ(ended.code, kExitNo);
  EXPECT_THAT(ended.out, StartsWith("-:3:11: warning: "));
  const auto json = shell.Run({"schema", "lint", "-", "--json"}, kDubious);
  EXPECT_EQ(Parsed::parse(json.out)["line"], 3);
  EXPECT_EQ(shell.Run({"schema", "lint", "-"}, "definition").code,
            kExitRefused);
}

TEST_F(SchemaToolsTest, DiffExitsWithWhetherTheyDiffer) {
  const std::string flat = shell.folder.Write("flat.zed", kFlat);
  const auto same = shell.Run({"schema", "diff", flat, main});
  EXPECT_EQ(same.code, kExitOk) << same.err;
  EXPECT_EQ(same.out, "");
  const std::string newer = shell.folder.Write(
      "newer.zed",
      "definition document {\n relation owner: user | user:*\n"
      " permission view = nil\n}\ndefinition user {}\n");
  const auto differs = shell.Run({"schema", "diff", main, newer});
  EXPECT_EQ(differs.code, kExitNo);
  EXPECT_EQ(differs.out,
            "+ relation document#owner: user:*\n"
            "~ permission document#view = nil (was owner)\n");
  const auto json = shell.Run({"schema", "diff", main, newer, "--json"});
  const auto first = Parsed::parse(json.out.substr(0, json.out.find('\n')));
  EXPECT_EQ(first["kind"], "relation_subject_type_added");
  EXPECT_EQ(first["of"]["definition"], "document");
  EXPECT_EQ(first["subject"]["wildcard"], true);
  EXPECT_EQ(shell.Run({"schema", "diff", main}).code, kExitUsage);
  EXPECT_EQ(shell.Run({"schema", "diff", main, shell.folder / "none"}).code,
            kExitNoInput);
}

TEST_F(SchemaToolsTest, ReflectShowsTheParts) {
  const auto ended =
      shell.Run({"schema", "reflect", main, "--definition", "doc"});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out,
            "definition document {\n\trelation owner: user\n"
            "\tpermission view = owner\n}\n");
  const auto json = Parsed::parse(
      shell.Run({"schema", "reflect", main, "--definition", "doc", "--json"})
          .out);
  EXPECT_EQ(json["relations"][0]["subjects"][0]["type"], "user");
  EXPECT_EQ(shell.Run({"schema", "reflect", main, "--relation", "own"}).code,
            kExitRefused);
}

TEST_F(SchemaToolsTest, ValidationFilesMayImport) {
  const std::string rest =
      "relationships: document:plan#owner@user:anne\n"
      "assertions:\n  assertTrue:\n    - document:plan#view@user:anne\n";
  const auto by_file = shell.Run(
      {"validate",
       shell.folder.Write("by_file.yaml", "schemaFile: main.zed\n" + rest)});
  EXPECT_EQ(by_file.code, kExitOk) << by_file.out << by_file.err;
  const auto inlined = shell.Run(
      {"validate",
       shell.folder.Write("inline.yaml",
                          "schema: |\n"
                          "  use import\n  use partial\n"
                          "  import \"lib/types.zed\"\n"
                          "  definition document {\n"
                          "    ...owned\n    permission view = owner\n  }\n" +
                              rest)});
  EXPECT_EQ(inlined.code, kExitOk) << inlined.out << inlined.err;
  shell.folder.Write("main.zed", "use import\nimport \"../x.zed\"\n");
  const auto refused = shell.Run({"validate", shell.folder / "by_file.yaml"});
  EXPECT_EQ(refused.code, kExitNo);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("cannot import"));
}

}  // namespace
}  // namespace kith::tool
