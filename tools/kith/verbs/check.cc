#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/bulk_check.h"
#include "tools/kith/check_trace.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/validation/question.h"
#include "tools/kith/validation/subjects.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct CheckOptions {
  std::vector<std::string> words;
  std::string context;
  std::string bulk;
  bool explain = false;
  bool ascii = false;
  ConsistencyFlags consistency;
};

// `RESOURCE PERMISSION SUBJECT` or `RESOURCE#PERMISSION@SUBJECT`.
absl::StatusOr<Question> ParseWords(const CheckOptions& options) {
  const std::vector<std::string>& words = options.words;
  if (words.size() != 1 && words.size() != 3) {
    return UsageError(
        "give RESOURCE PERMISSION SUBJECT, or "
        "RESOURCE#PERMISSION@SUBJECT as one word");
  }
  const std::string text =
      words.size() == 1 ? words[0] : words[0] + "#" + words[1] + "@" + words[2];
  KITH_ASSIGN_OR_RETURN(Question question, ParseQuestion(text));
  if (!options.context.empty()) {
    KITH_ASSIGN_OR_RETURN(question.context, ParseContextFlag("--caveat-context",
                                                             options.context));
  }
  return question;
}

int ExitCodeFor(Permissionship permissionship) {
  switch (permissionship) {
    case Permissionship::kHasPermission:
      return kExitOk;
    case Permissionship::kConditional:
      return kExitConditional;
    case Permissionship::kNoPermission:
      break;
  }
  return kExitNo;
}

absl::StatusOr<int> CheckOne(Tool& tool, const CheckOptions& options) {
  KITH_ASSIGN_OR_RETURN(const Question question, ParseWords(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::CheckPermissionRequest request;
  ToProto(options.consistency.Value(), request.mutable_consistency());
  ToProto(question.resource, request.mutable_resource());
  request.set_permission(question.permission);
  ToProto(question.subject, request.mutable_subject());
  if (!question.context.empty()) {
    ToProto(question.context, request.mutable_context());
  }
  request.set_with_tracing(options.explain);
  v1::CheckPermissionResponse response;
  KITH_RETURN_IF_ERROR(connection->Call(
      connection->permissions(), &v1::PermissionsService::Stub::CheckPermission,
      request, &response));
  const CheckAnswer answer =
      AnswerOf(response.permissionship(), response.partial_caveat_info());
  Json json = {{"permissionship", PermissionshipName(answer.permissionship)},
               {"missing_context", answer.missing_context},
               {"checked_at", response.checked_at().token()}};
  if (!response.has_debug_trace()) {
    tool.output.Result(DescribeAnswer(answer), json);
    return ExitCodeFor(answer.permissionship);
  }
  const CheckTrace trace = FromProto(response.debug_trace());
  if (tool.output.json) json["trace"] = JsonOf(trace.check);
  tool.output.Result(DescribeAnswer(answer), json);
  if (!tool.output.json) {
    tool.output.Raw("\n" +
                    DrawTrace(trace, tool.terminal.unicode && !options.ascii));
  }
  return ExitCodeFor(answer.permissionship);
}

absl::StatusOr<int> Check(Tool& tool, const CheckOptions& options) {
  if (options.bulk.empty()) return CheckOne(tool, options);
  if (!options.words.empty()) {
    return UsageError("--bulk reads the questions from a file");
  }
  if (options.explain) return UsageError("--explain is for one question");
  BulkCheckOptions bulk{options.consistency.Value(), {}};
  KITH_ASSIGN_OR_RETURN(bulk.context, ParseContextFlag("--caveat-context",
                                                       options.context));
  return BulkCheck(tool, options.bulk, bulk);
}

}  // namespace

void AddCheckVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "check", "Ask whether a subject has a permission on a resource");
  auto options = std::make_shared<CheckOptions>();
  verb->add_option("QUESTION", options->words,
                   "RESOURCE PERMISSION SUBJECT, or all in one word: "
                   "document:readme#view@user:anne");
  verb->add_option("--caveat-context", options->context,
                   "values for caveats, a JSON object");
  verb->add_option("--bulk", options->bulk,
                   "file with one resource#permission@subject [with {JSON}] or "
                   "JSON object a line, - for standard input");
  verb->add_flag("--explain", options->explain,
                 "draw why: what grants it or, for a no, what was tried");
  verb->add_flag("--ascii", options->ascii,
                 "draw with ASCII even when the locale is UTF-8");
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nPrints yes, no or conditional with the context that is missing; the "
      "exit code is\n0, 1 or 2. With --bulk it prints each line with its "
      "answer behind a tab and ends with\n0, or 65 when a line could not be "
      "answered. A JSON line has the keys resource, permission,\nsubject and "
      "context, whose values win over those of --caveat-context.\n"
      "\nExamples:\n  kith check document:readme view user:anne\n"
      "  kith check document:readme#view@team:eng#member --json\n"
      "  kith check document:readme view user:anne --explain\n"
      "  kith check --bulk questions.txt > answers.tsv\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Check(tool, *options); };
  });
}

}  // namespace kith::tool
