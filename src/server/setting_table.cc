#include "server/setting_table.h"

#include <fmt/format.h>

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"

namespace kith::server {
namespace {

using Texts = std::vector<std::string>;

// A member of Settings or of a struct within it.
template <typename T>
using Access = T* (*)(Settings*);

absl::Status Parse(const std::string& text, std::string* out) {
  *out = text;
  return absl::OkStatus();
}

absl::Status Parse(const std::string& text, bool* out) {
  if (absl::SimpleAtob(text, out)) return absl::OkStatus();
  return InvalidArgument("must be true or false");
}

template <typename Unsigned>
absl::Status ParseUnsigned(const std::string& text, Unsigned* out) {
  uint64_t value = 0;
  constexpr uint64_t kMax = std::numeric_limits<Unsigned>::max();
  if (!absl::SimpleAtoi(text, &value) || value > kMax) {
    return InvalidArgument(
        fmt::format("must be a whole number from 0 to {}", kMax));
  }
  *out = static_cast<Unsigned>(value);
  return absl::OkStatus();
}

absl::Status Parse(const std::string& text, uint32_t* out) {
  return ParseUnsigned(text, out);
}

absl::Status Parse(const std::string& text, uint64_t* out) {
  return ParseUnsigned(text, out);
}

absl::Status Parse(const std::string& text, absl::Duration* out) {
  if (absl::ParseDuration(text, out) && *out >= absl::ZeroDuration()) {
    return absl::OkStatus();
  }
  return InvalidArgument("must be a duration such as 500ms, 30s, 3m or 24h");
}

std::string Print(const std::string& value) { return value; }
std::string Print(bool value) { return value ? "true" : "false"; }
std::string Print(uint32_t value) { return fmt::format("{}", value); }
std::string Print(uint64_t value) { return fmt::format("{}", value); }
std::string Print(absl::Duration value) { return absl::FormatDuration(value); }

template <typename T>
Setting One(std::string name, Access<T> access, std::string help) {
  Settings defaults;
  Setting setting{.name = std::move(name),
                  .help = std::move(help),
                  .default_text = Print(*access(&defaults))};
  setting.is_switch = std::is_same_v<T, bool>;
  setting.apply = [access](const Texts& texts, Settings* settings) {
    return Parse(texts.back(), access(settings));
  };
  return setting;
}

Setting Choice(std::string name, Access<std::string> access, Texts choices,
               std::string help) {
  Setting setting = One(std::move(name), access, std::move(help));
  setting.apply = [access, choices = std::move(choices)](const Texts& texts,
                                                         Settings* settings) {
    for (const std::string& choice : choices) {
      if (texts.back() != choice) continue;
      *access(settings) = choice;
      return absl::OkStatus();
    }
    return InvalidArgument(
        fmt::format("must be one of {}", fmt::join(choices, ", ")));
  };
  return setting;
}

Setting PresharedKeys() {
  Setting setting{.name = "preshared-key",
                  .help =
                      "a key that callers may present; repeatable. Other "
                      "users of the machine can see flags: prefer the file "
                      "or the environment (keys separated by commas)"};
  setting.is_list = true;
  setting.apply = [](const Texts& texts, Settings* settings) {
    settings->preshared_keys = texts;
    return absl::OkStatus();
  };
  return setting;
}

// The member `name` of Settings, as an access function.
#define KITH_SETTING(name) +[](Settings* s) { return &s->name; }

std::vector<Setting> ServingSettings() {
  return {
      One("data", KITH_SETTING(database.path),
          "directory of the database; created if missing"),
      One("in-memory", KITH_SETTING(database.in_memory),
          "keep everything in memory, instead of --data"),
      One("grpc-addr", KITH_SETTING(grpc_addr),
          "HOST:PORT to serve gRPC on; port 0 takes a free one"),
      One("unix-socket", KITH_SETTING(unix_socket),
          "path of a Unix socket to serve on too, without TLS"),
      PresharedKeys(),
      One("preshared-key-file", KITH_SETTING(preshared_key_file),
          "file with one key a line, added to the others"),
      One("insecure", KITH_SETTING(insecure),
          "let everybody call, without a key"),
      One("tls-cert", KITH_SETTING(tls_cert),
          "PEM file of the certificate chain; needs --tls-key"),
      One("tls-key", KITH_SETTING(tls_key), "PEM file of its private key"),
      One("tls-client-ca", KITH_SETTING(tls_client_ca),
          "PEM file of authorities; callers must have a certificate of one"),
      One("queues", KITH_SETTING(queues),
          "threads that serve short calls; 0: one for each two cores"),
      One("workers", KITH_SETTING(workers),
          "threads that serve long calls; 0: two a core, at least 4"),
      One("max-waiting-calls", KITH_SETTING(max_waiting_calls),
          "long calls that may wait for a worker"),
      One("max-message-bytes", KITH_SETTING(max_message_bytes),
          "largest request message, in bytes"),
      One("watch-stall-timeout", KITH_SETTING(watch_stall_timeout),
          "a watch that leaves an event unread for so long is ended"),
      One("drain-delay", KITH_SETTING(drain_delay),
          "on SIGTERM, report NOT_SERVING this long before refusing calls"),
      One("drain-timeout", KITH_SETTING(drain_timeout),
          "then let calls in progress finish this long"),
      Choice("log-format", KITH_SETTING(log_format), {"logfmt", "json"},
             "logfmt or json"),
      Choice("log-level", KITH_SETTING(log_level),
             {"debug", "info", "warning", "error"},
             "debug (every call), info, warning or error"),
      One("ready-file", KITH_SETTING(ready_file),
          "write the addresses to this file once serving"),
  };
}

std::vector<Setting> StorageSettings() {
  return {
      One("gc-window", KITH_SETTING(database.gc_window),
          "how long old revisions stay readable"),
      One("gc-interval", KITH_SETTING(database.gc_interval),
          "how often older history is dropped"),
      One("block-cache-bytes", KITH_SETTING(database.block_cache_bytes),
          "size of the cache of stored data, in bytes"),
      One("row-cache-bytes", KITH_SETTING(database.row_cache_bytes),
          "memory for relationships that checks read, in bytes; 0: none"),
      One("result-cache-bytes", KITH_SETTING(database.result_cache_bytes),
          "memory for answers of checks, in bytes; 0: none"),
      One("lookup-cache-bytes", KITH_SETTING(database.lookup_cache_bytes),
          "memory for lookups between their pages, in bytes; 0: none"),
      One("change-stripes", KITH_SETTING(database.change_stripes),
          "slots of 8 bytes that tell these caches what changed"),
      One("shadow-check-interval", KITH_SETTING(database.shadow_check_interval),
          "one of so many checks is answered again without these caches; 0: "
          "none"),
  };
}

std::vector<Setting> LimitSettings() {
  return {
      One("max-depth", KITH_SETTING(database.max_depth),
          "hops from object to object that a check may follow"),
      One("both-sides-after", KITH_SETTING(database.both_sides_after),
          "relationships of groups that a check reads before it also "
          "looks from the subject's side; 0: never"),
      One("max-check-edges", KITH_SETTING(database.max_check_edges),
          "relationships that one check may read"),
      One("max-expand-nodes", KITH_SETTING(database.max_expand_nodes),
          "nodes that one expanded tree may have"),
      One("max-trace-steps", KITH_SETTING(database.max_trace_steps),
          "steps that the traces of one call may have"),
      One("max-lookup-edges", KITH_SETTING(database.max_lookup_edges),
          "relationships that one lookup may read"),
      One("max-lookup-candidates", KITH_SETTING(database.max_lookup_candidates),
          "resources that one lookup may find before they are checked"),
      One("max-lookup-subjects", KITH_SETTING(database.max_lookup_subjects),
          "subjects that one lookup may put together into sets"),
      One("max-lookup-limit", KITH_SETTING(database.max_lookup_limit),
          "largest limit of a lookup of resources"),
      One("max-updates-per-write", KITH_SETTING(database.max_updates_per_write),
          "updates in one write"),
      One("max-preconditions", KITH_SETTING(database.max_preconditions),
          "preconditions of one write or delete"),
      One("max-read-limit", KITH_SETTING(database.max_read_limit),
          "largest limit of a read"),
      One("max-delete-limit", KITH_SETTING(database.max_delete_limit),
          "largest limit of a delete"),
      One("max-bulk-checks", KITH_SETTING(database.max_bulk_checks),
          "items of one bulk check"),
      One("max-metadata-bytes", KITH_SETTING(database.max_metadata_bytes),
          "transaction metadata of one write, in bytes of JSON"),
      One("max-request-context-bytes",
          KITH_SETTING(database.max_request_context_bytes),
          "caveat context of a request, in bytes"),
      One("max-relationship-context-bytes",
          KITH_SETTING(database.max_relationship_context_bytes),
          "caveat context of a relationship, in bytes"),
      One("max-import-bytes", KITH_SETTING(database.max_import_bytes),
          "relationships of one atomic import, in bytes of memory"),
      One("max-import-file-bytes", KITH_SETTING(database.max_import_file_bytes),
          "temporary files of one atomic import, in bytes"),
      One("max-export-limit", KITH_SETTING(database.max_export_limit),
          "largest limit of a bulk export"),
      One("max-counters", KITH_SETTING(database.max_counters),
          "relationship counters that may be registered"),
      One("max-watchers", KITH_SETTING(database.max_watchers),
          "watches at one time"),
      One("watch-heartbeat", KITH_SETTING(database.watch_heartbeat),
          "how often a watch that wants checkpoints gets one at least"),
      One("max-watch-event-bytes", KITH_SETTING(database.max_watch_event_bytes),
          "updates in one event of a watch; a larger commit comes in parts"),
      One("max-schema-bytes", KITH_SETTING(database.max_schema_bytes),
          "text of a schema, in bytes"),
  };
}

#undef KITH_SETTING

}  // namespace

std::string Setting::EnvironmentName() const {
  return "KITH_" +
         absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}}));
}

std::string Setting::FileKey() const {
  return absl::StrReplaceAll(name, {{"-", "_"}});
}

const std::vector<Setting>& SettingTable() {
  static const auto* const table = [] {
    auto* all = new std::vector<Setting>(ServingSettings());
    for (auto* const more : {&StorageSettings, &LimitSettings}) {
      for (Setting& setting : more()) all->push_back(std::move(setting));
    }
    return all;
  }();
  return *table;
}

}  // namespace kith::server
