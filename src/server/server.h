#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/logger.h"
#include "server/settings.h"

namespace kith::server {

// An open database and the gRPC services over it, from when it accepts calls
// to when both are closed.
class Server {
 public:
  // `logger` outlives the server. Errors say what to change.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const Settings& settings, const std::string& version, Logger* logger);
  // Stops, without delays, if that was not done before.
  virtual ~Server() = default;

  // Where it listens: "host:port" with the real port, "unix:path".
  virtual const std::vector<std::string>& addresses() const = 0;
  // Health says NOT_SERVING from now on.
  virtual void ReportDraining() = 0;
  // Accepts no more calls, lets those in progress finish within the drain
  // timeout, then closes the database. Once.
  virtual void Stop() = 0;
};

}  // namespace kith::server
