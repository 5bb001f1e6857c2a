#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ReadOptions {
  FilterFlags filter;
  ConsistencyFlags consistency;
  uint64_t limit = 0;
  uint32_t page_size = 1000;
};

// One page is one call, continued by the cursor of its last relationship, so
// that neither a slow reader nor a long result holds a stream open.
class Reading {
 public:
  Reading(Tool& tool, Connection& connection,
          v1::ReadRelationshipsRequest request, const ReadOptions& options)
      : tool_(tool),
        connection_(connection),
        request_(std::move(request)),
        options_(options) {}

  absl::Status All() {
    while (true) {
      const uint32_t asked = PageLimit();
      request_.set_optional_limit(asked);
      KITH_ASSIGN_OR_RETURN(const uint32_t got, OnePage());
      count_ += got;
      if (got < asked || Done()) return absl::OkStatus();
    }
  }

 private:
  bool Done() const {
    return (options_.limit > 0 && count_ >= options_.limit) ||
           !tool_.terminal.out.good();
  }

  uint32_t PageLimit() const {
    if (options_.limit == 0) return options_.page_size;
    return static_cast<uint32_t>(
        std::min<uint64_t>(options_.page_size, options_.limit - count_));
  }

  absl::StatusOr<uint32_t> OnePage() {
    const auto context = connection_.NewUnboundedContext();
    const auto stream =
        connection_.permissions().ReadRelationships(context.get(), request_);
    v1::ReadRelationshipsResponse response;
    uint32_t count = 0;
    while (stream->Read(&response)) {
      ++count;
      const Relationship relationship = FromProto(response.relationship());
      tool_.output.Result(tool_.output.json ? "" : relationship.ToString(),
                          tool_.output.json ? JsonOf(relationship) : Json());
      *request_.mutable_optional_cursor() = response.after_result_cursor();
    }
    KITH_RETURN_IF_ERROR(connection_.ToStatus(stream->Finish()));
    return count;
  }

  Tool& tool_;
  Connection& connection_;
  v1::ReadRelationshipsRequest request_;
  const ReadOptions& options_;
  uint64_t count_ = 0;
};

absl::StatusOr<int> ReadRelationships(Tool& tool, const ReadOptions& options) {
  KITH_ASSIGN_OR_RETURN(const RelationshipFilter filter,
                        options.filter.Value());
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::ReadRelationshipsRequest request;
  ToProto(filter, request.mutable_relationship_filter());
  ToProto(options.consistency.Value(), request.mutable_consistency());
  KITH_RETURN_IF_ERROR(
      Reading(tool, *connection, std::move(request), options).All());
  return kExitOk;
}

}  // namespace

void AddRelationshipReadVerb(CLI::App& relationship, Tool& tool) {
  CLI::App* verb = relationship.add_subcommand(
      "read", "Print the relationships that match a filter, one a line");
  auto options = std::make_shared<ReadOptions>();
  verb->add_option("FILTER", options->filter.word,
                   "the same as --filter FILTER");
  options->filter.AddTo(*verb);
  verb->add_option("--limit", options->limit,
                   "print at most so many; 0: all of them")
      ->capture_default_str();
  verb->add_option("--page-size", options->page_size,
                   "relationships to ask for in one call")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nThe output can be loaded again with \"kith import\".\n"
      "\nExamples:\n"
      "  kith relationship read --resource-type document --relation viewer\n"
      "  kith relationship read document:readme\n"
      "  kith relationship read 'document:reports/*@user:anne'\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] {
      return ReadRelationships(tool, *options);
    };
  });
}

}  // namespace kith::tool
