#include "tools/kith/verbs/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "model/value_json.h"
#include "tools/kith/errors.h"
#include "tools/kith/filter.h"
#include "tools/kith/tool.h"

namespace kith::tool {

void AddOutputFlag(CLI::App& verb, Tool& tool) {
  verb.add_flag("--json", tool.output.json,
                "print JSON, one object a line; errors too");
}

void AddConnectionFlags(CLI::App& verb, Tool& tool) {
  ConnectionFlags& flags = tool.connection_flags;
  const std::string group = "Connection";
  verb.add_option("--endpoint", flags.endpoint,
                  "host:port or unix:/path of the server (KITH_ENDPOINT; "
                  "otherwise the context's or localhost:50051)")
      ->group(group);
  verb.add_option("--token", flags.token,
                  "key to authenticate with (KITH_TOKEN)")
      ->group(group);
  verb.add_option("--context", flags.context,
                  "saved context to use, see \"kith context\"")
      ->group(group);
  verb.add_flag("--insecure", flags.insecure,
                "no TLS (the default for servers on this machine)")
      ->group(group);
  verb.add_flag("--tls", flags.tls, "TLS (the default for servers elsewhere)")
      ->group(group);
  verb.add_option("--tls-ca", flags.tls_ca,
                  "PEM file of the authorities to trust")
      ->group(group);
  verb.add_option("--timeout", flags.timeout_s,
                  "seconds to wait for one call; reads and deletes by filter "
                  "take as long as they need")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group);
  AddOutputFlag(verb, tool);
}

void ConsistencyFlags::AddTo(CLI::App& verb) {
  const std::vector<CLI::Option*> options = {
      verb.add_flag("--consistency-minimize-latency", minimize_latency,
                    "any recent revision (the default)"),
      verb.add_option("--consistency-at-least", at_least,
                      "a revision not older than this token's")
          ->type_name("TOKEN"),
      verb.add_option("--consistency-at-exactly", at_exactly,
                      "the revision of this token")
          ->type_name("TOKEN"),
      verb.add_flag("--consistency-full", full, "the newest revision"),
  };
  for (CLI::Option* option : options) {
    option->group("Consistency (at most one)");
    for (CLI::Option* other : options) {
      if (other != option) option->excludes(other);
    }
  }
}

Consistency ConsistencyFlags::Value() const {
  if (!at_exactly.empty()) return Consistency::AtExactSnapshot(at_exactly);
  if (!at_least.empty()) return Consistency::AtLeastAsFresh(at_least);
  if (full) return Consistency::FullyConsistent();
  return Consistency::MinimizeLatency();
}

void FilterFlags::AddTo(CLI::App& verb) {
  const std::string group = "Filter";
  verb.add_option("--filter", filter,
                  "TYPE[:ID|:PREFIX*][#RELATION][@TYPE[:ID][#RELATION]], in "
                  "place of the flags below")
      ->group(group);
  verb.add_option("--resource-type", resource_type, "e.g. document")
      ->group(group);
  verb.add_option("--resource-id", resource_id, "e.g. readme")->group(group);
  verb.add_option("--resource-prefix", resource_prefix,
                  "what the resource's id begins with")
      ->group(group);
  verb.add_option("--relation", relation, "e.g. viewer")->group(group);
  verb.add_option("--subject", subject,
                  "TYPE[:ID][#RELATION], e.g. user:anne or team#member")
      ->group(group);
}

bool FilterFlags::given() const {
  return !(word.empty() && filter.empty() && resource_type.empty() &&
           resource_id.empty() && resource_prefix.empty() && relation.empty() &&
           subject.empty());
}

absl::StatusOr<RelationshipFilter> FilterFlags::Value() const {
  if (!given()) {
    return UsageError(
        "say which relationships: --filter, or at least one of "
        "--resource-type, --resource-id, --resource-prefix, --relation and "
        "--subject");
  }
  RelationshipFilter result{resource_type, resource_id, resource_prefix,
                            relation, std::nullopt};
  if (!subject.empty()) {
    absl::StatusOr<SubjectFilter> parsed = ParseSubjectFilter(subject);
    if (!parsed.ok()) return parsed.status();
    result.subject = *std::move(parsed);
  }
  const std::string& text = filter.empty() ? word : filter;
  if (text.empty()) return result;
  if (result != RelationshipFilter{} || (!word.empty() && !filter.empty())) {
    return UsageError("give the filter once, as a text or as its parts");
  }
  return ParseFilter(text);
}

absl::StatusOr<Struct> ParseContextFlag(const std::string& flag,
                                        const std::string& text) {
  if (text.empty()) return Struct{};
  absl::StatusOr<Struct> parsed = StructFromJson(text);
  if (!parsed.ok()) {
    return UsageError(fmt::format("{} is not a JSON object: {}", flag,
                                  std::string(parsed.status().message())));
  }
  return parsed;
}

}  // namespace kith::tool
