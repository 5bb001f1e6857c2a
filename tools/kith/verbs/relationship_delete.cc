#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/filter.h"
#include "tools/kith/progress.h"
#include "tools/kith/relationship_calls.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

// Beyond this the exact count tells a person no more.
constexpr uint64_t kMaxCounted = 100'000;

struct DeleteOptions {
  std::vector<std::string> relationships;
  FilterFlags filter;
  uint32_t limit = 0;
  bool allow_partial = false;
  bool yes = false;
};

absl::StatusOr<int> DeleteNamed(Tool& tool, const DeleteOptions& options) {
  std::vector<Relationship> relationships;
  for (const std::string& text : options.relationships) {
    KITH_ASSIGN_OR_RETURN(Relationship relationship, Relationship::Parse(text));
    relationships.push_back(std::move(relationship));
  }
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  KITH_ASSIGN_OR_RETURN(
      const Token token,
      WriteAll(*connection, Update::Operation::kDelete, relationships));
  tool.output.Result("deleted at " + token, {{"deleted_at", token}});
  return kExitOk;
}

// How many match now, at most kMaxCounted + 1.
absl::StatusOr<uint64_t> Count(Connection& connection,
                               const RelationshipFilter& filter) {
  v1::ReadRelationshipsRequest request;
  ToProto(Consistency::FullyConsistent(), request.mutable_consistency());
  ToProto(filter, request.mutable_relationship_filter());
  const auto context = connection.NewUnboundedContext();
  const auto stream =
      connection.permissions().ReadRelationships(context.get(), request);
  v1::ReadRelationshipsResponse response;
  uint64_t count = 0;
  while (count <= kMaxCounted && stream->Read(&response)) ++count;
  if (count > kMaxCounted) {
    context->TryCancel();
    while (stream->Read(&response)) {
    }
    stream->Finish().ok();
    return count;
  }
  KITH_RETURN_IF_ERROR(connection.ToStatus(stream->Finish()));
  return count;
}

// False when the person at the terminal says no.
absl::StatusOr<bool> Confirm(Tool& tool, Connection& connection,
                             const RelationshipFilter& filter,
                             const DeleteOptions& options) {
  if (options.yes) return true;
  if (!tool.terminal.in_is_terminal || tool.output.json) {
    return UsageError(
        "deleting by filter needs --yes when there is no "
        "terminal to ask at");
  }
  KITH_ASSIGN_OR_RETURN(const uint64_t count, Count(connection, filter));
  std::string limited;
  if (options.limit > 0) {
    limited = fmt::format(" (at most {} of them)", Grouped(options.limit));
  }
  tool.terminal.err << fmt::format(
      "{}{} relationships match {}. Delete them{}? [y/N] ",
      count > kMaxCounted ? "more than " : "",
      Grouped(std::min(count, kMaxCounted)), FilterText(filter), limited);
  tool.terminal.err.flush();
  std::string answer;
  std::getline(tool.terminal.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

absl::StatusOr<int> DeleteMatching(Tool& tool, const DeleteOptions& options) {
  KITH_ASSIGN_OR_RETURN(const RelationshipFilter filter,
                        options.filter.Value());
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  KITH_ASSIGN_OR_RETURN(const bool confirmed,
                        Confirm(tool, *connection, filter, options));
  if (!confirmed) {
    tool.output.Note("nothing was deleted");
    return kExitNo;
  }
  v1::DeleteRelationshipsRequest request;
  ToProto(filter, request.mutable_relationship_filter());
  request.set_optional_limit(options.limit);
  request.set_optional_allow_partial_deletions(options.allow_partial);
  v1::DeleteRelationshipsResponse response;
  const auto context = connection->NewUnboundedContext();
  KITH_RETURN_IF_ERROR(
      connection->ToStatus(connection->permissions().DeleteRelationships(
          context.get(), request, &response)));
  const bool complete =
      response.deletion_progress() !=
      v1::DeleteRelationshipsResponse::DELETION_PROGRESS_PARTIAL;
  tool.output.Result(
      fmt::format("deleted {} relationships{} at {}",
                  Grouped(response.relationships_deleted_count()),
                  complete ? "" : ", more may match,",
                  response.deleted_at().token()),
      {{"deleted", response.relationships_deleted_count()},
       {"complete", complete},
       {"deleted_at", response.deleted_at().token()}});
  return kExitOk;
}

absl::StatusOr<int> DeleteRelationships(Tool& tool,
                                        const DeleteOptions& options) {
  if (options.relationships.empty()) return DeleteMatching(tool, options);
  if (options.filter.given() || options.limit > 0 || options.allow_partial) {
    return UsageError("give relationships or a filter, not both");
  }
  return DeleteNamed(tool, options);
}

}  // namespace

void AddRelationshipDeleteVerb(CLI::App& relationship, Tool& tool) {
  CLI::App* verb = relationship.add_subcommand(
      "delete",
      "Delete relationships: those named (all at once; missing ones are "
      "fine), or all that match a filter");
  auto options = std::make_shared<DeleteOptions>();
  verb->add_option("RELATIONSHIP", options->relationships,
                   "resource#relation@subject");
  options->filter.AddTo(*verb);
  verb->add_option("--limit", options->limit,
                   "refuse, deleting nothing, when more match");
  verb->add_flag("--allow-partial", options->allow_partial,
                 "with --limit: delete that many instead of refusing");
  verb->add_flag("--yes,-y", options->yes,
                 "do not count the matches and ask first");
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nExamples:\n"
      "  kith relationship delete document:readme#viewer@user:anne\n"
      "  kith relationship delete --filter 'document:readme#viewer'\n"
      "  kith relationship delete --filter '@user:anne' --yes\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] {
      return DeleteRelationships(tool, *options);
    };
  });
}

}  // namespace kith::tool
