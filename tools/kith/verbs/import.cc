#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/import_stream.h"
#include "tools/kith/progress.h"
#include "tools/kith/relationship_source.h"
#include "tools/kith/resume_state.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ImportVerbOptions {
  std::string path;
  bool stream = false;
  bool atomic = false;
  std::string format = "auto";
  std::string resume;
  uint64_t skip = 0;
  ImportOptions import;
};

constexpr uint64_t kMaxShownErrors = 20;

absl::StatusOr<std::unique_ptr<RelationshipSource>> OpenSource(
    Tool& tool, const ImportVerbOptions& options) {
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

// What is loaded and how, for telling a state file of another load.
std::string NameOf(const ImportVerbOptions& options) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(options.path, error);
  return fmt::format("{} ({} bytes, {})", options.path,
                     error ? std::string("unknown") : fmt::to_string(bytes),
                     options.import.create ? "create" : "touch");
}

absl::StatusOr<uint64_t> Skip(RelationshipSource& source, uint64_t count) {
  uint64_t skipped = 0;
  while (skipped < count) {
    KITH_ASSIGN_OR_RETURN(const auto next, source.Next());
    if (!next.has_value()) break;
    ++skipped;
  }
  return skipped;
}

void ShowLoaded(Tool& tool, uint64_t loaded, absl::Duration elapsed,
                const Token& token) {
  tool.output.Note(
      Progress::Draw("relationships loaded", loaded, std::nullopt, elapsed, 0));
  if (!tool.output.json) return;
  tool.output.Result("", {{"loaded", loaded},
                          {"elapsed_s", absl::ToDoubleSeconds(elapsed)},
                          {"written_at", token}});
}

absl::StatusOr<int> LoadAtOnce(Tool& tool, const ImportVerbOptions& options,
                               RelationshipSource& source,
                               std::optional<uint64_t> total) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  Progress progress(tool.output, "relationships sent", total);
  const auto loaded =
      ImportAtOnce(*connection, source, options.import,
                   [&](uint64_t sent) { progress.Update(sent); });
  progress.Finish();
  if (!loaded.ok()) {
    return Prefixed(loaded.status(),
                    fmt::format("{}: nothing was loaded: ", options.path));
  }
  ShowLoaded(tool, *loaded, progress.elapsed(), Token());
  return kExitOk;
}

absl::StatusOr<int> LoadInBatches(Tool& tool, const ImportVerbOptions& options,
                                  RelationshipSource& source,
                                  std::optional<uint64_t> total) {
  KITH_ASSIGN_OR_RETURN(ResumeState state,
                        ResumeState::Open(options.resume, NameOf(options)));
  KITH_ASSIGN_OR_RETURN(const uint64_t skipped,
                        Skip(source, std::max(options.skip, state.loaded())));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  Progress progress(tool.output, "relationships", total);
  ImportProgress loaded;
  const absl::Status status = ImportInBatches(
      *connection, source, options.import,
      [&](const ImportProgress& now) {
        progress.Update(skipped + now.loaded);
        return state.Save(skipped + now.loaded);
      },
      &loaded);
  progress.Finish();
  if (!status.ok()) {
    const uint64_t written = skipped + loaded.loaded;
    return Prefixed(
        status,
        fmt::format(
            "{}: stopped after {} relationships were written{}: ", options.path,
            Grouped(written),
            written == 0 ? ""
                         : fmt::format("; --skip {} goes on there", written)));
  }
  KITH_RETURN_IF_ERROR(state.Done());
  ShowLoaded(tool, loaded.loaded, progress.elapsed(), loaded.written_at);
  return kExitOk;
}

absl::StatusOr<int> Import(Tool& tool, const ImportVerbOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto source, OpenSource(tool, options));
  std::optional<uint64_t> total;
  if (!options.stream) {
    KITH_ASSIGN_OR_RETURN(total, CountValid(tool, options.path, *source));
    source->Rewind();
  }
  return options.atomic ? LoadAtOnce(tool, options, *source, total)
                        : LoadInBatches(tool, options, *source, total);
}

void AddOptions(CLI::App& verb, ImportVerbOptions& options) {
  verb.add_option("FILE", options.path,
                  "one relationship a line (// and # begin comments), or a "
                  "validation file (.yaml); - for standard input")
      ->required();
  verb.add_flag("--create", options.import.create,
                "stop at a relationship that is there already");
  auto* const atomic =
      verb.add_flag("--atomic", options.atomic,
                    "everything in one commit or nothing; none of it may be "
                    "there already");
  verb.add_flag("--stream", options.stream,
                "write while reading; what came before a bad line stays");
  verb.add_option("--resume", options.resume,
                  "keep in this file how far it came, and go on from there")
      ->type_name("STATE")
      ->excludes(atomic);
  verb.add_option("--skip", options.skip,
                  "go on behind so many relationships of the file")
      ->type_name("COUNT")
      ->excludes(atomic);
  verb.add_option("--format", options.format, "text, yaml or auto")
      ->check(CLI::IsMember({"text", "yaml", "auto"}))
      ->capture_default_str();
  verb.add_option("--batch-size", options.import.batch_size,
                  "relationships in one commit (with --atomic: in a message)")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
}

}  // namespace

void AddImportVerb(CLI::App& parent, const std::string& name, Tool& tool) {
  CLI::App* verb = parent.add_subcommand(
      name,
      "Write the relationships of a file, batch after batch. The file is read "
      "to its end first, so that nothing is written when a line is bad");
  auto options = std::make_shared<ImportVerbOptions>();
  AddOptions(*verb, *options);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\n\"kith relationship load\" is the same.\n"
      "\nExamples:\n  kith import relationships.txt\n"
      "  kith import --resume import.state large.txt\n"
      "  generate | kith import --stream -\n"
      "  kith import --atomic schema/examples/documents.yaml\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Import(tool, *options); };
  });
}

}  // namespace kith::tool
