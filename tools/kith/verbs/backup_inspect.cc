#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/time/time.h"
#include "base/status_macros.h"
#include "tools/kith/backup_source.h"
#include "tools/kith/errors.h"
#include "tools/kith/progress.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct InspectOptions {
  std::string path;
  bool schema = false;
};

struct Contents {
  std::map<std::string, uint64_t> by_relation;  // "document#viewer"
  uint64_t with_caveat = 0;
  uint64_t with_expiry = 0;
};

// Reads, and so verifies, the whole file.
absl::StatusOr<Contents> ReadAllOf(BackupSource& source) {
  Contents contents;
  while (true) {
    KITH_ASSIGN_OR_RETURN(const auto block, source.NextBlock());
    if (!block.has_value()) return contents;
    for (const auto& relationship : block->relationships()) {
      ++contents.by_relation[fmt::format("{}#{}",
                                         relationship.resource().object_type(),
                                         relationship.relation())];
      contents.with_caveat += relationship.has_optional_caveat();
      contents.with_expiry += relationship.has_optional_expires_at();
    }
  }
}

std::string Describe(const InspectOptions& options, const BackupSource& source,
                     const Contents& contents, std::string_view time) {
  std::string text = fmt::format(
      "{}: complete and undamaged\n"
      "made at        {}\n"
      "revision       {}\n"
      "bytes          {}\n"
      "relationships  {} in {} blocks, {} with a caveat, {} with an expiry\n",
      options.path, time, source.header().read_at().token(),
      Grouped(source.end().bytes), Grouped(source.end().relationships),
      Grouped(source.end().blocks), Grouped(contents.with_caveat),
      Grouped(contents.with_expiry));
  for (const auto& [relation, count] : contents.by_relation) {
    text += fmt::format("  {:>14}  {}\n", Grouped(count), relation);
  }
  return text + "schema\n\n" + source.header().schema();
}

absl::StatusOr<int> Inspect(Tool& tool, const InspectOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto source, BackupSource::Open(options.path));
  KITH_ASSIGN_OR_RETURN(const Contents contents, ReadAllOf(*source));
  if (options.schema) {
    tool.output.Raw(source->header().schema());
    return kExitOk;
  }
  const std::string time = absl::FormatTime(
      absl::FromUnixSeconds(source->header().created_at_unix_seconds()),
      absl::UTCTimeZone());
  tool.output.Result(Describe(options, *source, contents, time),
                     {{"file", options.path},
                      {"created_at", time},
                      {"read_at", source->header().read_at().token()},
                      {"bytes", source->end().bytes},
                      {"blocks", source->end().blocks},
                      {"relationships", source->end().relationships},
                      {"with_caveat", contents.with_caveat},
                      {"with_expiry", contents.with_expiry},
                      {"by_relation", contents.by_relation},
                      {"schema", source->header().schema()}});
  return kExitOk;
}

}  // namespace

void AddBackupInspectVerb(CLI::App& backup, Tool& tool) {
  CLI::App* verb = backup.add_subcommand(
      "inspect",
      "Verify a backup and show what is in it, without a server. Fails, and "
      "names the block, when the file is damaged or incomplete");
  auto options = std::make_shared<InspectOptions>();
  verb->add_option("FILE", options->path, "a file of \"kith backup create\"")
      ->required();
  verb->add_flag("--schema", options->schema, "print the schema alone");
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nExamples:\n  kith backup inspect kith.backup\n"
      "  kith backup inspect --schema kith.backup > schema.zed\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Inspect(tool, *options); };
  });
}

}  // namespace kith::tool
