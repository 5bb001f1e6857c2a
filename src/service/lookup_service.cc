#include "service/lookup_service.h"

#include <string>

#include "authzed/api/v1/permission_service.pb.h"
#include "service/convert.h"
#include "service/resource_stream.h"
#include "service/subject_stream.h"

namespace kith::service {

void AddLookupMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.PermissionsService/";
  methods->ServerStream<wire::LookupResourcesRequest>(
      service + "LookupResources", [database](auto& context, const auto& in) {
        context.operations = 1;
        return StreamResources(database, in, &context.cancelled);
      });
  methods->ServerStream<wire::LookupSubjectsRequest>(
      service + "LookupSubjects", [database](auto& context, const auto& in) {
        context.operations = 1;
        return StreamSubjects(database, in, &context.cancelled);
      });
}

}  // namespace kith::service
