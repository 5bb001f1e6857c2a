#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/tool.h"
#include "tools/kith/validation/validator.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

Json JsonOfReport(const ValidationReport& report) {
  Json json = {{"file", report.path},
               {"passed", report.passed()},
               {"relationships", report.relationships},
               {"assertions", report.assertions},
               {"expected_subjects", report.expected_subjects},
               {"failures", Json::array()}};
  for (const ValidationFailure& failure : report.failures) {
    json["failures"].push_back({{"file", failure.path},
                                {"line", failure.line},
                                {"subject", failure.subject},
                                {"expected", failure.expected},
                                {"actual", failure.actual}});
  }
  return json;
}

void Print(Tool& tool, const ValidationReport& report) {
  if (tool.output.json) return tool.output.Result("", JsonOfReport(report));
  for (const ValidationFailure& failure : report.failures) {
    tool.terminal.err << failure.ToString() << '\n';
  }
  tool.terminal.out << fmt::format(
      "{}: {} ({} relationships, {} assertions, {} expected subjects)\n",
      report.path,
      report.passed() ? "ok"
                      : fmt::format("{} failure{}", report.failures.size(),
                                    report.failures.size() == 1 ? "" : "s"),
      report.relationships, report.assertions, report.expected_subjects);
}

absl::StatusOr<int> ValidateFiles(Tool& tool,
                                  const std::vector<std::string>& paths) {
  bool passed = true;
  for (const std::string& path : paths) {
    KITH_ASSIGN_OR_RETURN(const std::string text, ReadAll(path, tool.terminal));
    KITH_ASSIGN_OR_RETURN(const ValidationFile file,
                          ValidationFile::Parse(path, text));
    KITH_ASSIGN_OR_RETURN(const ValidationReport report, Validate(file));
    Print(tool, report);
    passed = passed && report.passed();
  }
  return passed ? kExitOk : kExitNo;
}

}  // namespace

void AddValidateVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "validate",
      "Test schemas: run the assertions of validation files here, in memory, "
      "without a server. Exit code 1 when one fails");
  auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("FILE", *paths, "validation files, - for standard input")
      ->required();
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nA validation file is YAML:\n"
      "  schema: |-\n"
      "    definition user {}\n"
      "    definition document { relation viewer: user }\n"
      "  relationships: |-\n"
      "    document:readme#viewer@user:anne\n"
      "  assertions:\n"
      "    assertTrue: [\"document:readme#viewer@user:anne\"]\n"
      "    assertFalse: [\"document:readme#viewer@user:tom\"]\n"
      "  validation:\n"
      "    document:readme#viewer:\n"
      "      - \"[user:anne] is <document:readme#viewer>\"\n"
      "\"schemaFile: schema.zed\" takes the schema from beside the file; "
      "assertCaveated asserts\nconditional answers.\n"
      "\nExample:\n  kith validate schema/examples/*.yaml\n");
  verb->callback([&tool, paths] {
    tool.action = [&tool, paths] { return ValidateFiles(tool, *paths); };
  });
}

}  // namespace kith::tool
