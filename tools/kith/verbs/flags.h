#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "kith/values.h"

// Flags that several verbs have.

namespace CLI {
class App;
}

namespace kith::tool {

struct Tool;

// --json.
void AddOutputFlag(CLI::App& verb, Tool& tool);
// --endpoint, --token, --insecure, --tls, --tls-ca, --context, --timeout, and
// --json: for the verbs that call a server.
void AddConnectionFlags(CLI::App& verb, Tool& tool);

// --consistency-*: every verb that reads has them, at most one is given, and
// without one it is minimize-latency.
struct ConsistencyFlags {
  bool minimize_latency = false;
  std::string at_least;
  std::string at_exactly;
  bool full = false;

  void AddTo(CLI::App& verb);
  Consistency Value() const;
};

// --filter (or the same as a word) and a flag for each of its parts.
struct FilterFlags {
  std::string word;  // of a verb that takes the filter as a word too
  std::string filter;
  std::string resource_type;
  std::string resource_id;
  std::string resource_prefix;
  std::string relation;
  std::string subject;

  void AddTo(CLI::App& verb);
  bool given() const;
  // A usage error when nothing is given, or --filter and a part.
  absl::StatusOr<RelationshipFilter> Value() const;
};

// The JSON object behind a flag; empty text is the empty object.
absl::StatusOr<Struct> ParseContextFlag(const std::string& flag,
                                        const std::string& text);

}  // namespace kith::tool
