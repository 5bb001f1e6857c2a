#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/backup_source.h"
#include "tools/kith/connection.h"
#include "tools/kith/errors.h"
#include "tools/kith/import_stream.h"
#include "tools/kith/progress.h"
#include "tools/kith/resume_state.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct RestoreOptions {
  std::string path;
  std::string resume;
  bool replace_schema = false;
  ImportOptions import{.place = "relationship"};
};

// Reads the whole file, so that a damaged one is refused before anything of it
// is written. How much there is.
absl::StatusOr<BackupEnd> Verify(BackupSource& source) {
  while (true) {
    KITH_ASSIGN_OR_RETURN(const auto block, source.NextBlock());
    if (!block.has_value()) break;
  }
  const BackupEnd end = source.end();
  source.Rewind();
  return end;
}

// Makes the server's schema that of the backup.
absl::Status RestoreSchema(Connection& connection, const std::string& schema,
                           bool replace) {
  if (schema.empty()) return absl::OkStatus();
  v1::ReadSchemaResponse current;
  const absl::Status read =
      connection.Call(connection.schema(), &v1::SchemaService::Stub::ReadSchema,
                      v1::ReadSchemaRequest(), &current);
  if (read.ok() && current.schema_text() == schema) return absl::OkStatus();
  if (read.ok() && !replace) {
    return absl::FailedPreconditionError(
        "the server has another schema; --replace-schema puts that of the "
        "backup in its place");
  }
  if (!read.ok() && !absl::IsNotFound(read)) return read;
  v1::WriteSchemaRequest request;
  request.set_schema(schema);
  v1::WriteSchemaResponse response;
  return connection.Call(connection.schema(),
                         &v1::SchemaService::Stub::WriteSchema, request,
                         &response);
}

absl::StatusOr<uint64_t> SkipLoaded(BackupSource& source, uint64_t count) {
  for (uint64_t skipped = 0; skipped < count; ++skipped) {
    KITH_ASSIGN_OR_RETURN(const auto next, source.Next());
    if (!next.has_value()) return skipped;
  }
  return count;
}

absl::Status LoadAll(Tool& tool, Connection& connection,
                     const RestoreOptions& options, BackupSource& source,
                     uint64_t total) {
  KITH_ASSIGN_OR_RETURN(
      ResumeState state,
      ResumeState::Open(
          options.resume,
          fmt::format("restore of {} ({} relationships, {}, {})", options.path,
                      total, source.header().read_at().token(),
                      options.import.create ? "create" : "touch")));
  KITH_ASSIGN_OR_RETURN(const uint64_t skipped,
                        SkipLoaded(source, state.loaded()));
  Progress progress(tool.output, "relationships", total);
  ImportProgress loaded;
  const absl::Status status = ImportInBatches(
      connection, source, options.import,
      [&](const ImportProgress& now) {
        progress.Update(skipped + now.loaded);
        return state.Save(skipped + now.loaded);
      },
      &loaded);
  progress.Finish();
  const uint64_t restored = skipped + loaded.loaded;
  if (!status.ok()) {
    return Prefixed(status,
                    fmt::format("stopped after {} of {} relationships: ",
                                Grouped(restored), Grouped(total)));
  }
  if (restored != total) {
    return absl::DataLossError(
        fmt::format("the server acknowledged {} relationships of {}",
                    Grouped(restored), Grouped(total)));
  }
  return state.Done();
}

absl::StatusOr<int> Restore(Tool& tool, const RestoreOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto source, BackupSource::Open(options.path));
  KITH_ASSIGN_OR_RETURN(const BackupEnd end, Verify(*source));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  KITH_RETURN_IF_ERROR(RestoreSchema(*connection, source->header().schema(),
                                     options.replace_schema));
  KITH_RETURN_IF_ERROR(
      LoadAll(tool, *connection, options, *source, end.relationships));
  tool.output.Result(
      fmt::format("restored the schema and {} relationships",
                  Grouped(end.relationships)),
      {{"file", options.path}, {"relationships", end.relationships}});
  return kExitOk;
}

}  // namespace

void AddBackupRestoreVerb(CLI::App& backup, Tool& tool) {
  CLI::App* verb = backup.add_subcommand(
      "restore",
      "Load a backup into a server. The whole file is verified before "
      "anything is written");
  auto options = std::make_shared<RestoreOptions>();
  verb->add_option("FILE", options->path, "a file of \"kith backup create\"")
      ->required();
  verb->add_flag("--create", options->import.create,
                 "stop at a relationship that is there already");
  verb->add_flag("--replace-schema", options->replace_schema,
                 "also when the server has another schema");
  verb->add_option("--resume", options->resume,
                   "keep in this file how far it came, and go on from there")
      ->type_name("STATE");
  verb->add_option("--batch-size", options->import.batch_size,
                   "relationships in one commit")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nWhat the server has besides stays as it is.\n"
      "\nExamples:\n  kith backup restore kith-2030-01-01.backup\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Restore(tool, *options); };
  });
}

}  // namespace kith::tool
