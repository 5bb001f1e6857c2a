#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/backup_file.h"
#include "tools/kith/connection.h"
#include "tools/kith/errors.h"
#include "tools/kith/export_stream.h"
#include "tools/kith/files.h"
#include "tools/kith/progress.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct CreateOptions {
  std::string path;
  bool resume = false;
  bool force = false;
};

// A backup being made, in a file of its own until it is complete.
struct Unfinished {
  std::string path;
  kith::v1::BackupHeader header;
  BackupEnd end;
  std::string cursor;  // of the last block; empty: none was written
  bool complete = false;
};

// What is usable of a file that was cut off: its blocks up to the first that is
// not whole. A header that is not whole is an error.
absl::StatusOr<Unfinished> Reopen(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return CannotRead(path, "it is gone");
  BackupReader reader(file);
  Unfinished found{.path = path};
  KITH_ASSIGN_OR_RETURN(found.header, reader.ReadHeader());
  found.end = reader.end();
  while (true) {
    const auto block = reader.Next();
    if (!block.ok()) break;
    found.complete = !block->has_value();
    if (found.complete) break;
    found.end = reader.end();
    found.cursor = (*block)->cursor();
  }
  return found;
}

// The schema and the revision that the backup is of.
absl::StatusOr<kith::v1::BackupHeader> NewHeader(Connection& connection) {
  kith::v1::BackupHeader header;
  header.set_format(kBackupFormat);
  header.set_created_at_unix_seconds(absl::ToUnixSeconds(absl::Now()));
  v1::ReadSchemaResponse response;
  const absl::Status status =
      connection.Call(connection.schema(), &v1::SchemaService::Stub::ReadSchema,
                      v1::ReadSchemaRequest(), &response);
  if (absl::IsNotFound(status)) return header;
  KITH_RETURN_IF_ERROR(status);
  header.set_schema(response.schema_text());
  *header.mutable_read_at() = response.read_at();
  return header;
}

// Writes all blocks of relationships that are not there yet.
absl::Status WriteRelationships(Connection& connection, const Unfinished& from,
                                BackupWriter& writer, Progress& progress) {
  // Without a schema there are no relationships.
  if (!from.header.has_read_at()) return absl::OkStatus();
  v1::ExportBulkRelationshipsRequest request;
  *request.mutable_consistency()->mutable_at_exact_snapshot() =
      from.header.read_at();
  if (!from.cursor.empty()) {
    request.mutable_optional_cursor()->set_token(from.cursor);
  }
  return ExportAll(
      connection, &request, [&](v1::ExportBulkRelationshipsResponse& response) {
        kith::v1::BackupRelationships block;
        block.mutable_relationships()->Swap(response.mutable_relationships());
        block.set_cursor(response.after_result_cursor().token());
        const absl::Status status = writer.Write(block);
        progress.Update(writer.end().relationships);
        return status;
      });
}

// Completes the file of `from`, whose header is new when nothing of it is
// there.
absl::StatusOr<BackupEnd> Complete(Tool& tool, Connection& connection,
                                   const Unfinished& from) {
  std::ofstream file(
      from.path, std::ios::binary |
                     (from.end.bytes == 0 ? std::ios::trunc : std::ios::app));
  BackupWriter writer(file, from.end);
  if (from.end.bytes == 0) KITH_RETURN_IF_ERROR(writer.Write(from.header));
  Progress progress(tool.output, "relationships", std::nullopt);
  const absl::Status status =
      WriteRelationships(connection, from, writer, progress);
  progress.Finish();
  if (!status.ok()) {
    return Prefixed(
        status, fmt::format("stopped after {} relationships; run it again with "
                            "--resume to go on: ",
                            Grouped(writer.end().relationships)));
  }
  KITH_RETURN_IF_ERROR(writer.WriteTrailer());
  return writer.end();
}

// Where to begin: anew, or behind what an earlier run left.
absl::StatusOr<Unfinished> Prepare(const CreateOptions& options,
                                   Connection& connection) {
  const std::string partial = options.path + ".partial";
  if (std::filesystem::exists(options.path) && !options.force) {
    return CannotWrite(options.path, "it exists; --force replaces it");
  }
  if (std::filesystem::exists(partial)) {
    if (options.resume) {
      auto found = Reopen(partial);
      if (found.ok()) {
        if (!found->complete) {
          std::filesystem::resize_file(partial, found->end.bytes);
        }
        return found;
      }
    } else if (!options.force) {
      return CannotWrite(partial,
                         "an earlier backup was cut off; --resume goes on, "
                         "--force starts anew");
    }
  }
  Unfinished anew{.path = partial};
  KITH_ASSIGN_OR_RETURN(anew.header, NewHeader(connection));
  return anew;
}

absl::StatusOr<int> Create(Tool& tool, const CreateOptions& options) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  KITH_ASSIGN_OR_RETURN(const Unfinished from, Prepare(options, *connection));
  BackupEnd end = from.end;
  if (!from.complete) {
    KITH_ASSIGN_OR_RETURN(end, Complete(tool, *connection, from));
  }
  KITH_RETURN_IF_ERROR(MoveDurably(from.path, options.path));
  tool.output.Result(
      fmt::format("{}: {} relationships and the schema, {} bytes", options.path,
                  Grouped(end.relationships), Grouped(end.bytes)),
      {{"file", options.path},
       {"relationships", end.relationships},
       {"bytes", end.bytes},
       {"read_at", from.header.read_at().token()}});
  return kExitOk;
}

}  // namespace

void AddBackupCreateVerb(CLI::App& backup, Tool& tool) {
  CLI::App* verb = backup.add_subcommand(
      "create",
      "Write the schema and all relationships of the newest revision to a "
      "file, beside running reads and writes");
  auto options = std::make_shared<CreateOptions>();
  verb->add_option("FILE", options->path,
                   "the file; FILE.partial until it is complete")
      ->required();
  verb->add_flag("--resume", options->resume,
                 "go on with a FILE.partial that was cut off");
  verb->add_flag("--force", options->force,
                 "replace the file, and forget a FILE.partial");
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nA backup that was cut off goes on at its own revision, as long as the "
      "server keeps it (kithd --gc-window).\n"
      "\nExamples:\n  kith backup create kith-$(date +%F).backup\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Create(tool, *options); };
  });
}

}  // namespace kith::tool
