#include "tools/kith/target.h"

#include <fmt/format.h>

#include <string_view>

#include "base/status_macros.h"
#include "tools/kith/errors.h"

namespace kith::tool {
namespace {

absl::StatusOr<Context> ChosenContext(const ConnectionFlags& flags,
                                      const Environment& environment) {
  KITH_ASSIGN_OR_RETURN(
      ContextStore store,
      ContextStore::Load(ContextStore::DefaultPath(environment)));
  const std::string& name =
      flags.context.empty() ? store.current() : flags.context;
  if (name.empty()) return Context{};
  const Context* context = store.Find(name);
  if (context == nullptr) {
    return UsageError(fmt::format(
        "no context \"{}\": see \"kith context list\", or make it with "
        "\"kith context set {}\"",
        name, name));
  }
  return *context;
}

}  // namespace

bool IsLocalEndpoint(std::string_view endpoint) {
  return endpoint.starts_with("unix:") || endpoint == "localhost" ||
         endpoint.starts_with("localhost:") || endpoint.starts_with("127.") ||
         endpoint.starts_with("[::1]");
}

absl::StatusOr<Target> ResolveTarget(const ConnectionFlags& flags,
                                     const Environment& environment) {
  if (flags.insecure && (flags.tls || !flags.tls_ca.empty())) {
    return UsageError("--insecure excludes --tls and --tls-ca");
  }
  std::string given = flags.endpoint;
  // A context asked for by name outranks the environment.
  if (given.empty() && flags.context.empty()) {
    given = environment("KITH_ENDPOINT").value_or("");
  }
  Context context;
  if (given.empty()) {
    KITH_ASSIGN_OR_RETURN(context, ChosenContext(flags, environment));
  }
  Target target;
  target.endpoint = !given.empty()              ? given
                    : !context.endpoint.empty() ? context.endpoint
                                                : kDefaultEndpoint;
  target.token = flags.token;
  if (target.token.empty() && flags.context.empty()) {
    target.token = environment("KITH_TOKEN").value_or("");
  }
  if (target.token.empty()) target.token = context.token;
  target.tls_ca = flags.tls_ca.empty() ? context.tls_ca : flags.tls_ca;
  target.timeout_s = flags.timeout_s;
  const bool insecure = flags.insecure || (context.insecure && !flags.tls &&
                                           flags.tls_ca.empty());
  const bool tls = flags.tls || context.tls || !target.tls_ca.empty();
  target.use_tls = !insecure && (tls || !IsLocalEndpoint(target.endpoint));
  return target;
}

}  // namespace kith::tool
