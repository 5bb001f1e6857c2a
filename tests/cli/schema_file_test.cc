#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command_run.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/errors.h"

namespace kith::tool {
namespace {

using ::testing::HasSubstr;

constexpr char kFormatted[] =
    "definition user {}\n\ndefinition document {\n\trelation viewer: user\n"
    "\tpermission view = viewer\n}\n";

TEST(DiagnosticTest, CaretIsUnderTheOffendingText) {
  Diagnostic diagnostic;
  diagnostic.message = "unknown type; hint: did you mean \"user\"?";
  diagnostic.line = diagnostic.end_line = 2;
  diagnostic.column = 19;
  diagnostic.end_column = 22;
  EXPECT_EQ(
      DrawDiagnostic("a.zed", "definition user {}\n  relation viewer: usr\n",
                     diagnostic),
      "a.zed:2:19: error: unknown type\n"
      "  2 |   relation viewer: usr\n"
      "    |                   ^~~\n"
      "  hint: did you mean \"user\"?\n");
}

TEST(DiagnosticTest, TabsAndWideBytesKeepTheCaretInPlace) {
  Diagnostic diagnostic;
  diagnostic.message = "bad";
  diagnostic.line = diagnostic.end_line = 1;
  diagnostic.column = 8;
  diagnostic.end_column = 9;
  // A tab, a comment with a letter of two bytes, then the culprit.
  EXPECT_EQ(DrawDiagnostic("a.zed", "\t/*\xc3\xa9*/x", diagnostic),
            "a.zed:1:8: error: bad\n"
            "  1 | \t/*\xc3\xa9*/x\n"
            "    | \t     ^\n");
}

TEST(DiagnosticTest, PlacesBeyondTheSourceAreDrawnWithoutIt) {
  Diagnostic diagnostic;
  diagnostic.message = "bad";
  diagnostic.line = 7;
  diagnostic.column = 3;
  EXPECT_EQ(DrawDiagnostic("a.zed", "one line", diagnostic),
            "a.zed:7:3: error: bad\n");
  diagnostic.line = 1;
  diagnostic.column = 99;
  EXPECT_EQ(DrawDiagnostic("a.zed", "one line", diagnostic),
            "a.zed:1:99: error: bad\n"
            "  1 | one line\n"
            "    |         ^\n");
}

TEST(SchemaFileTest, ValidSchemaIsOk) {
  Shell shell;
  const std::string path = shell.folder.Write("good.zed", kFormatted);
  const auto ended = shell.Run({"schema", "validate", path});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, path + ": ok\n");
}

TEST(SchemaFileTest, InvalidSchemaIsShownWithItsPlace) {
  Shell shell;
  const std::string path = shell.folder.Write(
      "bad.zed",
      "definition user {}\ndefinition document {\n\trelation viewer: usr\n}\n");
  const auto ended = shell.Run({"schema", "validate", path});
  EXPECT_EQ(ended.code, kExitNo);
  EXPECT_THAT(ended.err, HasSubstr("bad.zed:3:19: error: "));
  EXPECT_THAT(ended.err, HasSubstr("  3 | \trelation viewer: usr\n"
                                   "    | \t                 ^~~\n"));
}

TEST(SchemaFileTest, DiagnosticsAsJson) {
  Shell shell;
  const auto ended = shell.Run({"schema", "validate", "-", "--json"},
                               "definition document {\n  relation\n}\n");
  EXPECT_EQ(ended.code, kExitNo);
  const auto json = nlohmann::json::parse(ended.out);
  EXPECT_EQ(json["file"], "-");
  EXPECT_EQ(json["valid"], false);
  EXPECT_EQ(json["reason"], "ERROR_REASON_SCHEMA_PARSE_ERROR");
  EXPECT_GE(json["line"].get<int>(), 2);
}

TEST(SchemaFileTest, FormatPrintsChecksAndWrites) {
  Shell shell;
  const std::string path = shell.folder.Write(
      "messy.zed",
      "definition user {}\ndefinition document { relation viewer:user\n"
      "permission view=viewer }");
  const auto printed = shell.Run({"schema", "format", path});
  EXPECT_EQ(printed.code, kExitOk) << printed.err;
  EXPECT_EQ(printed.out, kFormatted);

  const auto checked = shell.Run({"schema", "format", "--check", path});
  EXPECT_EQ(checked.code, kExitNo);
  EXPECT_EQ(checked.out, path + ": not formatted\n");

  EXPECT_EQ(shell.Run({"schema", "format", "--write", path}).code, kExitOk);
  EXPECT_EQ(ReadFile(path), kFormatted);
  EXPECT_EQ(shell.Run({"schema", "format", "--check", path}).code, kExitOk);
}

TEST(SchemaFileTest, FormatLeavesABrokenFileAlone) {
  Shell shell;
  const std::string broken = "definition {";
  const std::string path = shell.folder.Write("broken.zed", broken);
  EXPECT_EQ(shell.Run({"schema", "format", "--write", path}).code,
            kExitRefused);
  EXPECT_EQ(ReadFile(path), broken);
}

}  // namespace
}  // namespace kith::tool
