#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tools/kith/context_store.h"
#include "tools/kith/terminal.h"

namespace kith::tool {

inline constexpr char kDefaultEndpoint[] = "localhost:50051";

// The connection flags of the command line; empty: not given.
struct ConnectionFlags {
  std::string context;
  std::string endpoint;
  std::string token;
  bool insecure = false;
  bool tls = false;
  std::string tls_ca;
  double timeout_s = 60;
};

// Which server to speak to, after all sources of settings were asked.
struct Target {
  std::string endpoint;
  std::string token;
  bool use_tls = false;
  std::string tls_ca;
  double timeout_s = 60;
};

// Each setting is the flag's, else the environment's (KITH_ENDPOINT,
// KITH_TOKEN), else the context's (the one of --context, else the current
// one), else the default. The context's token and TLS settings belong to its
// endpoint: they are not used for an endpoint that a flag or the environment
// names. TLS is used unless --insecure is given or, without --tls and
// --tls-ca, the endpoint is on this machine (unix:, localhost, 127.*, [::1]).
absl::StatusOr<Target> ResolveTarget(const ConnectionFlags& flags,
                                     const Environment& environment);

bool IsLocalEndpoint(std::string_view endpoint);

}  // namespace kith::tool
