#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/loader.h"
#include "tools/kith/progress.h"
#include "tools/kith/relationship_calls.h"
#include "tools/kith/relationship_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct LoadVerbOptions {
  std::string path;
  bool create = false;
  bool stream = false;
  std::string format = "auto";
  LoadOptions load;
};

constexpr uint64_t kMaxShownErrors = 20;

absl::StatusOr<std::unique_ptr<RelationshipSource>> OpenSource(
    Tool& tool, const LoadVerbOptions& options) {
  const bool yaml =
      options.format == "yaml" ||
      (options.format == "auto" &&
       (options.path.ends_with(".yaml") || options.path.ends_with(".yml")));
  if (yaml) {
    KITH_ASSIGN_OR_RETURN(const std::string text,
                          ReadAll(options.path, tool.terminal));
    KITH_ASSIGN_OR_RETURN(ValidationFile file,
                          ValidationFile::Parse(options.path, text));
    return FileSource(std::move(file));
  }
  if (options.stream && options.path == "-") {
    return StreamingTextSource(tool.terminal.in);
  }
  KITH_ASSIGN_OR_RETURN(auto stream, OpenSeekable(options.path, tool.terminal));
  return TextSource(std::move(stream));
}

// Reads everything once and counts it, so that a mistake at the end of a file
// is found before its beginning is written.
absl::StatusOr<uint64_t> CountValid(Tool& tool, const std::string& path,
                                    RelationshipSource& source) {
  uint64_t count = 0;
  uint64_t errors = 0;
  absl::Status first;
  while (true) {
    const auto next = source.Next();
    if (!next.ok()) {
      if (next.status().code() != absl::StatusCode::kInvalidArgument) {
        return next.status();
      }
      if (errors == 0) first = next.status();
      if (++errors <= kMaxShownErrors) {
        tool.output.Note(
            fmt::format("{}: {}", path, std::string(next.status().message())));
      }
      continue;
    }
    if (!next->has_value()) break;
    ++count;
  }
  if (errors > 0) {
    return Prefixed(first,
                    fmt::format("{}: nothing was loaded: {} bad "
                                "line{}, the first is ",
                                path, Grouped(errors), errors == 1 ? "" : "s"));
  }
  return count;
}

// The line in the file of the update that the error names (`updates[3]...`).
absl::Status AtLine(const absl::Status& status,
                    const std::vector<LocatedRelationship>& batch) {
  constexpr std::string_view kUpdates = "updates[";
  const std::string message(status.message());
  const size_t at = message.find(kUpdates);
  size_t index = 0;
  if (at == std::string::npos ||
      !absl::SimpleAtoi(
          message.substr(at + kUpdates.size(),
                         message.find(']', at) - at - kUpdates.size()),
          &index) ||
      index >= batch.size()) {
    return batch.size() == 1
               ? Prefixed(status, fmt::format("line {}: ", batch[0].line))
               : status;
  }
  return Prefixed(status, fmt::format("line {}: ", batch[index].line));
}

WriteBatch WriterOf(Connection& connection, bool create) {
  const auto operation =
      create ? Update::Operation::kCreate : Update::Operation::kTouch;
  return [&connection, operation](
             const std::vector<LocatedRelationship>& batch) -> absl::Status {
    std::vector<Relationship> relationships;
    relationships.reserve(batch.size());
    for (const LocatedRelationship& located : batch) {
      relationships.push_back(located.relationship);
    }
    const auto token = WriteAll(connection, operation, relationships);
    return token.ok() ? absl::OkStatus() : AtLine(token.status(), batch);
  };
}

// A token that covers every batch: batches end in any order, so none of their
// own is the newest for certain. Empty when there is no schema to read.
Token TokenAfter(Connection& connection) {
  v1::ReadSchemaResponse response;
  const absl::Status status =
      connection.Call(connection.schema(), &v1::SchemaService::Stub::ReadSchema,
                      v1::ReadSchemaRequest(), &response);
  return status.ok() ? response.read_at().token() : Token();
}

absl::StatusOr<int> LoadRelationships(Tool& tool,
                                      const LoadVerbOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto source, OpenSource(tool, options));
  LoadOptions load = options.load;
  std::optional<uint64_t> total;
  if (!options.stream) {
    KITH_ASSIGN_OR_RETURN(total, CountValid(tool, options.path, *source));
    source->Rewind();
    // What fits in one batch is written in one, atomically.
    if (*total <= load.batch_size) load.calls_in_flight = 1;
  }
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  Progress progress(tool.output, "relationships", total);
  uint64_t written = 0;
  const absl::Status status = Load(
      *source, load, WriterOf(*connection, options.create),
      [&](uint64_t count) { progress.Update(count); }, &written);
  progress.Finish();
  if (!status.ok()) {
    return Prefixed(status,
                    fmt::format("{}: stopped after {} relationships were "
                                "written: ",
                                options.path, Grouped(written)));
  }
  const absl::Duration elapsed = progress.elapsed();
  const Token token = TokenAfter(*connection);
  tool.output.Note(Progress::Draw("relationships loaded", written, std::nullopt,
                                  elapsed, 0));
  if (tool.output.json) {
    tool.output.Result("", {{"loaded", written},
                            {"elapsed_s", absl::ToDoubleSeconds(elapsed)},
                            {"written_at", token}});
  }
  return kExitOk;
}

}  // namespace

void AddRelationshipLoadVerb(CLI::App& relationship, Tool& tool) {
  CLI::App* verb = relationship.add_subcommand(
      "load",
      "Write the relationships of a file, in batches with several calls in "
      "flight. The file is read to its end first, so that nothing is written "
      "when a line is bad");
  auto options = std::make_shared<LoadVerbOptions>();
  verb->add_option("FILE", options->path,
                   "one relationship a line (// and # begin comments), or a "
                   "validation file (.yaml); - for standard input")
      ->required();
  verb->add_flag("--create", options->create,
                 "stop at a relationship that is there already");
  verb->add_flag("--stream", options->stream,
                 "write while reading; what came before a bad line stays");
  verb->add_option("--format", options->format, "text, yaml or auto")
      ->check(CLI::IsMember({"text", "yaml", "auto"}))
      ->capture_default_str();
  verb->add_option("--batch-size", options->load.batch_size,
                   "relationships in one atomic write")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--calls", options->load.calls_in_flight, "calls in flight")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nExamples:\n  kith relationship load relationships.txt\n"
      "  generate | kith relationship load --stream -\n"
      "  kith relationship load schema/examples/documents.yaml\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] {
      return LoadRelationships(tool, *options);
    };
  });
}

}  // namespace kith::tool
