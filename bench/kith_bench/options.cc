#include "kith_bench/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/status_macros.h"

namespace kith::bench {
namespace {

struct Known {
  Operation operation;
  std::string_view name;
  std::string_view description;
  size_t batch;       // the usual one
  size_t most_batch;  // 1: it has none
  int outstanding;    // the usual number
};

constexpr std::array<Known, 6> kOperations = {{
    {Operation::kCheck, "check", "CheckPermission", 1, 1, 16},
    {Operation::kCheckBulk, "bulk",
     "CheckBulkPermissions of N items of one subject (100)", 100, 10'000, 4},
    {Operation::kLookupResources, "lookup-resources",
     "LookupResources, read to its end", 1, 1, 2},
    {Operation::kLookupSubjects, "lookup-subjects",
     "LookupSubjects, read to its end", 1, 1, 2},
    {Operation::kWrite, "write",
     "WriteRelationships of N updates (1): adds, then takes away", 1, 1000, 16},
    {Operation::kImport, "import",
     "ImportBulkRelationships of N relationships (10000), which stay", 10'000,
     10'000'000, 1},
}};

const Known& KnownOf(Operation operation) {
  return *std::find_if(
      kOperations.begin(), kOperations.end(),
      [&](const Known& known) { return known.operation == operation; });
}

const std::map<std::string, Consistency> kConsistencies = {
    {"minimize-latency", Consistency::kMinimizeLatency},
    {"fully", Consistency::kFully},
    {"at-least", Consistency::kAtLeast},
};

std::string_view KeysName(Keys keys) {
  return keys == Keys::kZipf ? "zipf" : "uniform";
}

// The part of `text` from the last `separator` on, which goes; absent without
// one.
std::optional<std::string_view> CutLast(std::string_view* text,
                                        char separator) {
  const size_t at = text->rfind(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view last = text->substr(at + 1);
  text->remove_suffix(text->size() - at);
  return last;
}

absl::Status Wrong(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("workload \"{}\": {}", text, why));
}

absl::StatusOr<size_t> ParseBatch(std::string_view text, const Known& known) {
  size_t batch = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, batch);
  if (parsed.ec != std::errc() || parsed.ptr != end || batch == 0 ||
      batch > known.most_batch) {
    return absl::InvalidArgumentError(fmt::format(
        "\"{}\" is no number from 1 to {}, the most of operation \"{}\"", text,
        known.most_batch, known.name));
  }
  return batch;
}

absl::Status ApplyOperation(std::string_view text, Run* run) {
  const std::optional<std::string_view> batch = CutLast(&text, ':');
  const auto* const known =
      std::find_if(kOperations.begin(), kOperations.end(),
                   [&](const Known& one) { return one.name == text; });
  if (known == kOperations.end()) {
    return absl::InvalidArgumentError(
        fmt::format("there is no operation \"{}\"", text));
  }
  run->operation = known->operation;
  run->batch = known->batch;
  if (!batch) return absl::OkStatus();
  KITH_ASSIGN_OR_RETURN(run->batch, ParseBatch(*batch, *known));
  return absl::OkStatus();
}

// The text of --list.
std::string ListText() {
  std::string text = "workloads, each with the operation it is made for:\n";
  for (const Entry& entry : Entries()) {
    Run run;
    run.entry = &entry;
    run.operation = entry.operation;
    run.batch = entry.batch;
    text += fmt::format("  {:<24} {}\n  {:<24}   ({})\n", entry.name,
                        entry.description, "", run.Name());
  }
  text += "operations, for any workload that has such questions:\n";
  for (const Known& known : kOperations) {
    text += fmt::format("  {:<24} {}\n", known.name, known.description);
  }
  return text;
}

constexpr char kFooter[] = R"(WORKLOAD is NAME[/OPERATION[:N]][@KEYS]:
  NAME       data and questions about them; --list has the names
  OPERATION  what is done, with N items each; default: what NAME is made for
  KEYS       zipf (few objects very often; default) or uniform
as in: drive  drive/bulk:100  drive/check@uniform  drive/write:100
All workloads of one run have the same data: those that --load put there.

A wrong answer under --verify, and any call that fails, ends the run with the
question on standard error and exit code 1. Usage errors have exit code 2.)";

// Flags as CLI11 reads them, before what they mean together is checked.
struct Parsed {
  Options options;
  std::vector<std::string> workloads;
  int outstanding = 0;  // 0: each operation's usual number
  bool list = false;
};

void AddServerFlags(CLI::App* app, Options* options) {
  app->add_option("--endpoint", options->endpoint,
                  "the server: HOST:PORT or unix:PATH; plain text");
  app->add_option("--token", options->token, "preshared key");
  app->add_option("--pid", options->processes,
                  "process whose CPU time is measured, with its children; "
                  "once for each process of the server")
      ->type_name("PID")
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  app->add_option("--timeout", options->timeout_s, "seconds of one call")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddDataFlags(CLI::App* app, Options* options) {
  app->add_flag("--clear", options->clear,
                "first delete all relationships that the server has");
  app->add_flag("--load", options->load,
                "then write schema and relationships, to a server without any");
  app->add_option("--settle", options->settle_s,
                  "seconds to wait after loading, for servers that answer "
                  "from a somewhat older revision")
      ->check(CLI::NonNegativeNumber);
  app->add_option("--scale", options->scale, "size of the data")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--seed", options->seed, "of data and questions")
      ->capture_default_str();
}

void AddPaceFlags(CLI::App* app, Parsed* parsed) {
  Options* const options = &parsed->options;
  app->add_option("--outstanding", parsed->outstanding,
                  "operations at a time; default: the operation's usual number")
      ->check(CLI::Range(1, 10'000));
  app->add_option("--channels", options->channels, "connections")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app->add_option("--rate", options->rate,
                  "start so many operations a second, whatever comes back; "
                  "latency counts from when one was due. Without: the next "
                  "starts when one has ended")
      ->check(CLI::PositiveNumber);
  app->add_option("--warm-up", options->warm_up_s, "seconds before measuring")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_option("--seconds", options->measured_s, "seconds of measuring")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--operations", options->most_operations,
                  "end of measuring after so many, if that is sooner")
      ->check(CLI::PositiveNumber);
}

void AddQuestionFlags(CLI::App* app, Options* options) {
  app->add_option("--consistency", options->consistency,
                  "minimize-latency (default), fully, or at-least: as fresh "
                  "as the newest write of this run")
      ->transform(CLI::CheckedTransformer(kConsistencies).description(""))
      ->type_name("WHICH");
  app->add_option("--writes-per-second", options->writes_per_second,
                  "writes of one update beside the measured operations")
      ->check(CLI::PositiveNumber);
  app->add_flag("--verify", options->verify,
                "compare every answer with the right one");
  app->add_option("--json", options->json_file,
                  "write the figures to this file as well");
}

void AddFlags(CLI::App* app, Parsed* parsed) {
  app->footer(kFooter);
  AddServerFlags(app, &parsed->options);
  AddDataFlags(app, &parsed->options);
  AddPaceFlags(app, parsed);
  AddQuestionFlags(app, &parsed->options);
  app->add_flag("--list", parsed->list, "list workloads and operations");
  app->add_flag("--show-data", parsed->options.show_data,
                "only print each workload's name, the number of its "
                "relationships and a digest, equal for those with the same "
                "data");
  app->add_option("WORKLOAD", parsed->workloads, "what to measure, in turn");
}

absl::Status Complete(Parsed* parsed) {
  Options& options = parsed->options;
  if (options.endpoint.empty() && !options.show_data) {
    return absl::InvalidArgumentError("--endpoint is required");
  }
  if (parsed->workloads.empty()) {
    return absl::InvalidArgumentError("a WORKLOAD is required; see --list");
  }
  for (const std::string& text : parsed->workloads) {
    KITH_ASSIGN_OR_RETURN(Run run, ParseRun(text));
    if (parsed->outstanding != 0) run.outstanding = parsed->outstanding;
    options.runs.push_back(run);
  }
  return absl::OkStatus();
}

}  // namespace

std::string DataDigest(const Workload& workload) {
  const uint64_t count = workload.relationship_count();
  std::string text(workload.schema());
  for (const uint64_t index : {uint64_t{0}, count / 3, count / 2, count - 1}) {
    text += workload.At(index).ToString() + "\n";
  }
  return fmt::format("{:016x}", Hash64(text) ^ count);
}

std::string_view OperationName(Operation operation) {
  return KnownOf(operation).name;
}

std::string Run::Name() const {
  const Known& known = KnownOf(operation);
  std::string name = fmt::format("{}/{}", entry->name, known.name);
  if (known.most_batch > 1) name += fmt::format(":{}", batch);
  return name + fmt::format("@{}", KeysName(keys));
}

absl::StatusOr<Run> ParseRun(std::string_view text) {
  Run run;
  std::string_view name = text;
  if (const auto keys = CutLast(&name, '@')) {
    if (*keys != "zipf" && *keys != "uniform") {
      return Wrong(text, "keys are \"zipf\" or \"uniform\"");
    }
    run.keys = *keys == "zipf" ? Keys::kZipf : Keys::kUniform;
  }
  const std::optional<std::string_view> operation = CutLast(&name, '/');
  run.entry = FindEntry(name);
  if (run.entry == nullptr) {
    return Wrong(text, fmt::format("there is no \"{}\"; see --list", name));
  }
  run.operation = run.entry->operation;
  run.batch = run.entry->batch;
  if (operation) {
    const absl::Status status = ApplyOperation(*operation, &run);
    if (!status.ok()) return Wrong(text, std::string(status.message()));
  }
  const Known& known = KnownOf(run.operation);
  if (run.operation == Operation::kImport && run.batch == 1) {
    run.batch = known.batch;
  }
  run.outstanding = known.outstanding;
  return run;
}

absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments) {
  Parsed parsed;
  CLI::App app("Puts load on a server of the authzed.api.v1 API and measures.",
               "kith-bench");
  AddFlags(&app, &parsed);
  // CLI11 takes them from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    parsed.options.text = app.help();
    return parsed.options;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (parsed.list) {
    parsed.options.text = ListText();
    return parsed.options;
  }
  KITH_RETURN_IF_ERROR(Complete(&parsed));
  return parsed.options;
}

}  // namespace kith::bench
