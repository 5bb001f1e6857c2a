#include "service/health_service.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "service/service_names.h"

namespace kith::service {

void AddHealthMethods(const HealthState* state, MethodTable* methods) {
  namespace health = grpc::health::v1;
  std::set<std::string> known = ServiceNames(*methods);
  known.insert("");
  Method& check =
      methods->Unary<health::HealthCheckRequest, health::HealthCheckResponse>(
          "/grpc.health.v1.Health/Check",
          [state, known](auto&, const auto& in, auto* out) {
            using Response = health::HealthCheckResponse;
            if (!known.contains(in.service())) {
              return absl::NotFoundError(
                  fmt::format("unknown service \"{}\"", in.service()));
            }
            out->set_status(state->serving() ? Response::SERVING
                                             : Response::NOT_SERVING);
            return absl::OkStatus();
          });
  check.needs_key = false;
  // Clients that find Watch not served take the server for healthy; a demand
  // for a key would make them take it for broken.
  Method& watch = methods->ServerStream<health::HealthCheckRequest,
                                        health::HealthCheckResponse>(
      "/grpc.health.v1.Health/Watch", [](auto&, const auto&) {
        return absl::UnimplementedError("health is not watched here");
      });
  watch.needs_key = false;
}

}  // namespace kith::service
