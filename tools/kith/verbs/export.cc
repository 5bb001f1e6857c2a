#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/export_stream.h"
#include "tools/kith/progress.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ExportVerbOptions {
  FilterFlags filter;
  ConsistencyFlags consistency;
  uint32_t page_size = 0;
  std::string cursor;
  std::string out;
};

// Where the lines go: standard output or a file.
class Lines {
 public:
  Lines(Tool& tool, const ExportVerbOptions& options)
      : tool_(tool), path_(options.out) {
    if (path_.empty()) return;
    file_.open(path_,
               std::ios::binary |
                   (options.cursor.empty() ? std::ios::trunc : std::ios::app));
  }

  absl::Status Write(const Relationship& relationship) {
    if (path_.empty()) {
      tool_.output.Result(tool_.output.json ? "" : relationship.ToString(),
                          tool_.output.json ? JsonOf(relationship) : Json());
      // The reader may have had enough: `kith export | head`.
      return tool_.terminal.out.good()
                 ? absl::OkStatus()
                 : CannotWrite("standard output", "it was closed");
    }
    file_ << relationship.ToString() << '\n';
    return absl::OkStatus();
  }

  // After a message: what was written is complete to here.
  absl::Status Flush() {
    if (path_.empty()) return absl::OkStatus();
    file_.flush();
    if (file_.good()) return absl::OkStatus();
    return CannotWrite(path_, std::strerror(errno));
  }

 private:
  Tool& tool_;
  const std::string path_;
  std::ofstream file_;
};

absl::StatusOr<int> Export(Tool& tool, const ExportVerbOptions& options) {
  v1::ExportBulkRelationshipsRequest request;
  if (options.filter.given()) {
    KITH_ASSIGN_OR_RETURN(const RelationshipFilter filter,
                          options.filter.Value());
    ToProto(filter, request.mutable_optional_relationship_filter());
  }
  ToProto(options.consistency.Value(), request.mutable_consistency());
  request.set_optional_limit(options.page_size);
  if (!options.cursor.empty()) {
    request.mutable_optional_cursor()->set_token(options.cursor);
  }
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  Lines lines(tool, options);
  KITH_RETURN_IF_ERROR(lines.Flush());
  Progress progress(tool.output, "relationships", std::nullopt);
  uint64_t count = 0;
  const absl::Status status = ExportAll(
      *connection, &request,
      [&](v1::ExportBulkRelationshipsResponse& response) -> absl::Status {
        for (const auto& relationship : response.relationships()) {
          KITH_RETURN_IF_ERROR(lines.Write(FromProto(relationship)));
        }
        count += response.relationships_size();
        if (!options.out.empty()) progress.Update(count);
        return lines.Flush();
      });
  progress.Finish();
  if (!status.ok() && request.has_optional_cursor()) {
    return Prefixed(
        status,
        fmt::format("stopped after {} relationships; --cursor {} goes on "
                    "there: ",
                    Grouped(count), request.optional_cursor().token()));
  }
  KITH_RETURN_IF_ERROR(status);
  if (!options.out.empty()) {
    tool.output.Note(Progress::Draw("relationships exported", count,
                                    std::nullopt, progress.elapsed(), 0));
  }
  return kExitOk;
}

}  // namespace

void AddExportVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "export",
      "Print all relationships of one revision, or those that match a filter, "
      "one a line");
  auto options = std::make_shared<ExportVerbOptions>();
  verb->add_option("FILTER", options->filter.word,
                   "the same as --filter FILTER; without one, everything");
  options->filter.AddTo(*verb);
  verb->add_option("--out", options->out, "write to this file")
      ->type_name("FILE");
  verb->add_option("--cursor", options->cursor,
                   "go on where an export stopped; with --out, appends");
  verb->add_option("--page-size", options->page_size,
                   "relationships in one message; 0: the server chooses")
      ->capture_default_str();
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nThe output can be loaded again with \"kith import\".\n"
      "\nExamples:\n"
      "  kith export > relationships.txt\n"
      "  kith export document#viewer --out viewers.txt\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Export(tool, *options); };
  });
}

}  // namespace kith::tool
