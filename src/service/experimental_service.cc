#include "service/experimental_service.h"

#include <string>
#include <utility>

#include "authzed/api/v1/experimental_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"

namespace kith::service {
namespace {

void Register(Database* database,
              wire::ExperimentalRegisterRelationshipCounterRequest&& in,
              Done done) {
  auto filter = ToFilter(in.has_relationship_filter(), in.relationship_filter(),
                         "relationship_filter");
  if (!filter.ok()) return done(filter.status());
  database->RegisterCounterAsync(in.name(), *std::move(filter),
                                 std::move(done));
}

absl::Status Count(Database* database, CallContext& context,
                   const wire::ExperimentalCountRelationshipsRequest& in,
                   wire::ExperimentalCountRelationshipsResponse* out) {
  context.operations = 1;
  KITH_ASSIGN_OR_RETURN(CountResult result, database->Count(in.name()));
  auto* value = out->mutable_read_counter_value();
  value->set_relationship_count(result.count);
  value->mutable_read_at()->set_token(std::move(result.read_at));
  return absl::OkStatus();
}

}  // namespace

void AddExperimentalMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.ExperimentalService/";
  methods->AsyncUnary<wire::ExperimentalRegisterRelationshipCounterRequest,
                      wire::ExperimentalRegisterRelationshipCounterResponse>(
      service + "ExperimentalRegisterRelationshipCounter",
      [database](auto&, auto&& in, auto*, Done done) {
        Register(database, std::move(in), std::move(done));
      });
  methods->AsyncUnary<wire::ExperimentalUnregisterRelationshipCounterRequest,
                      wire::ExperimentalUnregisterRelationshipCounterResponse>(
      service + "ExperimentalUnregisterRelationshipCounter",
      [database](auto&, auto&& in, auto*, Done done) {
        database->UnregisterCounterAsync(in.name(), std::move(done));
      });
  methods->Unary<wire::ExperimentalCountRelationshipsRequest,
                 wire::ExperimentalCountRelationshipsResponse>(
      service + "ExperimentalCountRelationships",
      [database](auto& context, const auto& in, auto* out) {
        return Count(database, context, in, out);
      },
      [](const auto&) { return true; });
}

}  // namespace kith::service
