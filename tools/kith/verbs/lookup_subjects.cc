#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/validation/subjects.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct LookupSubjectsOptions {
  std::string resource;
  std::string permission;
  std::string subject_kind;
  std::string context;
  uint32_t limit = 0;
  std::string cursor;
  bool no_wildcards = false;
  ConsistencyFlags consistency;
};

absl::StatusOr<v1::LookupSubjectsRequest> Request(
    const LookupSubjectsOptions& options) {
  v1::LookupSubjectsRequest request;
  KITH_ASSIGN_OR_RETURN(const ObjectRef resource,
                        ObjectRef::Parse(options.resource));
  KITH_ASSIGN_OR_RETURN(const Struct context,
                        ParseContextFlag("--caveat-context", options.context));
  ToProto(options.consistency.Value(), request.mutable_consistency());
  ToProto(resource, request.mutable_resource());
  request.set_permission(options.permission);
  const size_t hash = options.subject_kind.find('#');
  request.set_subject_object_type(options.subject_kind.substr(0, hash));
  if (hash != std::string::npos) {
    request.set_optional_subject_relation(
        options.subject_kind.substr(hash + 1));
  }
  if (!context.empty()) ToProto(context, request.mutable_context());
  request.set_optional_concrete_limit(options.limit);
  if (!options.cursor.empty()) {
    request.mutable_optional_cursor()->set_token(options.cursor);
  }
  if (options.no_wildcards) {
    request.set_wildcard_option(
        v1::LookupSubjectsRequest::WILDCARD_OPTION_EXCLUDE_WILDCARDS);
  }
  return request;
}

// Prints the subjects of one call.
class SubjectPrinter {
 public:
  SubjectPrinter(Tool& tool, const v1::LookupSubjectsRequest& request)
      : tool_(tool),
        type_(request.subject_object_type()),
        relation_(request.optional_subject_relation()) {}

  void Print(const v1::LookupSubjectsResponse& response) {
    std::string text = TextOf(response.subject());
    Json json = ObjectOf(response.subject(), "permissionship");
    for (const v1::ResolvedSubject& excluded : response.excluded_subjects()) {
      text += "\n  except " + TextOf(excluded);
      json["excluded"].push_back(ObjectOf(excluded, "exclusion"));
    }
    json["cursor"] = response.after_result_cursor().token();
    tool_.output.Result(text, json);
  }

 private:
  static CheckAnswer AnswerOf(const v1::ResolvedSubject& subject) {
    CheckAnswer answer;
    answer.permissionship =
        subject.permissionship() ==
                v1::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION
            ? Permissionship::kConditional
            : Permissionship::kHasPermission;
    const auto& missing =
        subject.partial_caveat_info().missing_required_context();
    answer.missing_context.assign(missing.begin(), missing.end());
    return answer;
  }

  SubjectRef RefOf(const v1::ResolvedSubject& subject) const {
    return SubjectRef(ObjectRef(type_, subject.subject_object_id()), relation_);
  }

  std::string TextOf(const v1::ResolvedSubject& subject) const {
    const CheckAnswer answer = AnswerOf(subject);
    std::string text = RefOf(subject).ToString();
    if (!answer.has_permission()) text += "\t" + DescribeAnswer(answer);
    return text;
  }

  // `answer_key`: what "yes" or "conditional" is the answer to.
  Json ObjectOf(const v1::ResolvedSubject& subject,
                const char* answer_key) const {
    const CheckAnswer answer = AnswerOf(subject);
    return {{"subject", JsonOf(RefOf(subject))},
            {answer_key, PermissionshipName(answer.permissionship)},
            {"missing_context", answer.missing_context}};
  }

  Tool& tool_;
  const std::string type_;
  const std::string relation_;
};

absl::StatusOr<int> LookupSubjects(Tool& tool,
                                   const LookupSubjectsOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto request, Request(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  SubjectPrinter printer(tool, request);
  const auto context = connection->NewUnboundedContext();
  const auto stream =
      connection->permissions().LookupSubjects(context.get(), request);
  v1::LookupSubjectsResponse response;
  uint32_t concrete = 0;
  while (stream->Read(&response)) {
    printer.Print(response);
    if (response.subject().subject_object_id() != kWildcardId) ++concrete;
    if (!tool.terminal.out.good()) context->TryCancel();
  }
  const absl::Status status = connection->ToStatus(stream->Finish());
  if (!tool.terminal.out.good()) return kExitOk;  // the reader had enough
  KITH_RETURN_IF_ERROR(status);
  if (options.limit > 0 && concrete == options.limit) {
    tool.output.Note("there may be more: --cursor " +
                     response.after_result_cursor().token());
  }
  return kExitOk;
}

}  // namespace

void AddLookupSubjectsVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "lookup-subjects", "Print who has a permission on a resource, by id");
  auto options = std::make_shared<LookupSubjectsOptions>();
  verb->add_option("RESOURCE", options->resource, "e.g. document:readme")
      ->required();
  verb->add_option("PERMISSION", options->permission, "or a relation")
      ->required();
  verb->add_option("SUBJECT_TYPE", options->subject_kind,
                   "kind of subjects to find: user, or team#member for teams "
                   "whose members have it")
      ->required();
  verb->add_option("--caveat-context", options->context,
                   "values for caveats, a JSON object");
  verb->add_option("--limit", options->limit,
                   "print at most so many, not counting the wildcard; 0: all")
      ->capture_default_str();
  verb->add_option("--cursor", options->cursor,
                   "go on behind the subject that this cursor came with");
  verb->add_flag("--no-wildcards", options->no_wildcards,
                 "leave out the wildcard; who has the permission through it "
                 "alone is then not printed at all");
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nA line is a subject; behind a tab, conditional with the context that "
      "is missing.\nThe wildcard comes first, with a line \"except\" for each "
      "subject it does not stand\nfor: with \"conditional\" it is left out "
      "under a condition. A subject with a line of\nits own is as that says, "
      "whatever the wildcard says of it.\n"
      "\nExamples:\n  kith lookup-subjects document:readme view user\n"
      "  kith lookup-subjects document:readme view team#member --json\n"
      "  kith lookup-subjects document:readme view user --limit 100\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return LookupSubjects(tool, *options); };
  });
}

}  // namespace kith::tool
