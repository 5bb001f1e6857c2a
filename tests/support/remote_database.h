#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kith/database.h"

namespace kith::support {

// A server spoken to over gRPC as if it were a database of this process, so
// that what a test says of one it also says of the other. Errors are those of
// the wire, with code, message and reason.
//
// Writes, reads, checks, lookups and expansion; every other method is
// UNIMPLEMENTED. Thread-safe. Fails when the address makes no sense; a server
// that is not there fails the calls.
absl::StatusOr<std::unique_ptr<Database>> ConnectDatabase(std::string address,
                                                          std::string key);

}  // namespace kith::support
