#pragma once

#include <functional>
#include <string>
#include <vector>

#include "differential/endpoint.h"

namespace kith::differential {

// A request that a server should refuse, against a schema of its own.
struct Malformed {
  std::string name;
  std::function<Reply(Endpoint*)> send;
  // Why the servers may answer with other codes or reasons; empty: they must
  // not.
  std::string known_difference;
};

// The schema that they are sent against; it must be written first, to servers
// without relationships.
std::string MalformedSchema();
std::vector<Malformed> MalformedRequests();

}  // namespace kith::differential
