#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kith/schema_tools.h"
#include "unit/schema/schema_text.h"

namespace kith::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Files = std::map<std::string, std::string>;

absl::StatusOr<ComposedSchema> Compose(const Files& files,
                                       const std::string& path = "main.zed") {
  return ComposeSchema(
      path, [&](const std::string& name) -> absl::StatusOr<std::string> {
        const auto it = files.find(name);
        if (it == files.end()) return absl::NotFoundError("there is none");
        return it->second;
      });
}

TEST(ComposeTest, ImportsAndPartialsBecomeOneFlatSchema) {
  const auto composed =
      Compose({{"dir/main.zed",
                "use import\nuse partial\nimport \"sub/types.zed\"\n"
                "import 'parts.zed'\n"
                "definition document {\n ...owned\n}"},
               {"dir/parts.zed",
                "use partial\nuse import\nimport \"sub/types.zed\"\n"
                "partial owned {\n relation owner: user\n}"},
               {"dir/sub/types.zed",
                "use import\nuse self\nimport \"more.zed\"\n"
                "definition user {\n permission own = self\n}"},
               {"dir/sub/more.zed", "definition team {}"}},
              "dir/main.zed");
  ASSERT_TRUE(composed.ok()) << composed.status();
  EXPECT_EQ(composed->text,
            "use self\n\n"
            "definition document {\n\trelation owner: user\n}\n\n"
            "definition team {}\n\n"
            "definition user {\n\tpermission own = self\n}\n");
  EXPECT_THAT(composed->files,
              ElementsAre("dir/main.zed", "dir/sub/types.zed",
                          "dir/sub/more.zed", "dir/parts.zed"));
}

TEST(ComposeTest, ErrorsNameTheFileAndItsLine) {
  const auto composed =
      Compose({{"main.zed", "use import\nimport \"bad.zed\"\n"},
               {"bad.zed", "definition doc {\n  relation one: user\n}"}});
  ExpectTypeError(Compose({{"main.zed",
                            "definition doc {\n"
                            "  relation one: user\n}"}})
                      .status(),
                  2, 17, "main.zed: ");
  EXPECT_EQ(Metadata(composed.status(), "file"), "bad.zed");
  ExpectTypeError(composed.status(), 2, 17, "bad.zed: line 2, column 17: ");
  const auto parse = Compose({{"main.zed", "use import\nimport \"bad.zed\"\n"},
                              {"bad.zed", "\n\ndefinition {"}});
  ExpectParseError(parse.status(), 3, 12, "bad.zed: line 3, column 12: ");
  EXPECT_EQ(Metadata(parse.status(), "end_line_number"), "3");
}

TEST(ComposeTest, HintsNameTheOtherFile) {
  const auto composed = Compose({{"main.zed",
                                  "use import\n\ndefinition doc {}\n"
                                  "import \"twice.zed\"\n"},
                                 {"twice.zed", "\ndefinition doc {}"}});
  ExpectParseError(composed.status(), 3, 12, "duplicate name \"doc\"");
  EXPECT_THAT(std::string(composed.status().message()),
              HasSubstr("on line 2 of twice.zed"));
}

TEST(ComposeTest, WarningsNameTheFileAndItsLine) {
  const auto composed = Compose({{"main.zed",
                                  "use import\nimport \"lib.zed\"\n\n"
                                  "caveat yes(a bool) { a }\n"},
                                 {"lib.zed", "\n\ncaveat not(a bool) { !a }"}});
  ASSERT_TRUE(composed.ok()) << composed.status();
  ASSERT_EQ(composed->warnings.size(), 2u);
  EXPECT_EQ(composed->warnings[0].file, "main.zed");
  EXPECT_EQ(composed->warnings[0].line, 4u);
  EXPECT_EQ(composed->warnings[1].file, "lib.zed");
  EXPECT_EQ(composed->warnings[1].line, 3u);
  EXPECT_EQ(composed->warnings[1].end_line, 3u);
}

TEST(ComposeTest, RefusesPathsThatLeadElsewhere) {
  for (const std::string path :
       {"../up.zed", "sub/../../up.zed", "/etc/passwd", "..", "", "sub//x.zed",
        "./x.zed", "sub/", "a\\b.zed"}) {
    const auto composed =
        Compose({{"main.zed", "use import\nimport \"" + path + "\"\n"},
                 {path, "definition doc {}"}});
    ExpectParseError(composed.status(), 2, 8, "cannot import");
  }
}

TEST(ComposeTest, AFileThatIsNotThereIsAnErrorAtItsImport) {
  ExpectParseError(
      Compose({{"main.zed", "use import\n import \"no.zed\"\n"}}).status(), 2,
      9, "there is none");
  EXPECT_EQ(Compose({}).status().code(), absl::StatusCode::kNotFound);
}

TEST(ComposeTest, RefusesCycles) {
  const Files files = {{"main.zed", "use import\nimport \"one.zed\"\n"},
                       {"one.zed", "use import\nimport \"two.zed\"\n"},
                       {"two.zed", "use import\nimport \"one.zed\"\n"}};
  const auto composed = Compose(files);
  ExpectParseError(composed.status(), 2, 8, "it imports this file");
  EXPECT_EQ(Metadata(composed.status(), "file"), "two.zed");
  ExpectParseError(
      Compose({{"main.zed", "use import\nimport \"main.zed\"\n"}}).status(), 2,
      8, "it imports this file");
}

TEST(ComposeTest, TheServersLanguageRefusesImports) {
  ExpectParseError(Compile("use import\nimport \"a.zed\"\n").status(), 2, 8,
                   "imports are not resolved here");
}

TEST(ComposeTest, DepthIsBounded) {
  Files files;
  for (int i = 0; i <= 65; ++i) {
    files[i == 0 ? "main.zed" : fmt::format("f{}.zed", i)] =
        fmt::format("use import\nimport \"f{}.zed\"\n", i + 1);
  }
  files["f66.zed"] = "definition doc {}";
  const auto composed = Compose(files);
  ExpectParseError(composed.status(), 2, 8, "at most 1000 files and 64");
  EXPECT_EQ(Metadata(composed.status(), "file"), "f64.zed");
  files["f64.zed"] = "definition doc {}";
  EXPECT_TRUE(Compose(files).ok()) << Compose(files).status();
}

TEST(ComposeTest, NumberOfFilesIsBounded) {
  Files files;
  std::string main = "use import\n";
  for (int i = 0; i < 1000; ++i) {
    main += fmt::format("import \"f{}.zed\"\n", i);
    files[fmt::format("f{}.zed", i)] = "";
  }
  files["main.zed"] = main;
  ExpectParseError(Compose(files).status(), 1001, 8, "at most 1000 files");
}

TEST(ComposeTest, SizeOfAllFilesIsBounded) {
  const std::string comment = "//" + std::string(1 << 20, 'x') + "\n";
  const auto composed = Compose({{"main.zed",
                                  "use import\nimport \"f1.zed\"\n"
                                  "import \"f2.zed\"\nimport \"f3.zed\"\n"
                                  "import \"f4.zed\"\n"},
                                 {"f1.zed", comment},
                                 {"f2.zed", comment},
                                 {"f3.zed", comment},
                                 {"f4.zed", comment}});
  ExpectParseError(composed.status(), 1, 1, "bytes together");
}

TEST(ComposeTest, AWordThatAnotherFileReservesIsRefused) {
  const auto composed =
      Compose({{"main.zed",
                "use import\nuse self\nimport \"lib.zed\"\n"
                "definition user {\n permission own = self\n}"},
               {"lib.zed", "definition doc {\n relation self: user\n}"}});
  EXPECT_EQ(composed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(composed.status().message()),
              HasSubstr("cannot be written as one schema"));
}

}  // namespace
}  // namespace kith::schema
