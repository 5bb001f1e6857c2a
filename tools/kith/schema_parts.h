#pragma once

#include <string>

#include "authzed/api/v1/schema_service.pb.h"
#include "kith/schema_tools.h"
#include "tools/kith/output.h"

// Schemas in parts, as text, JSON and messages.

namespace kith::tool {

namespace v1 = authzed::api::v1;

// Expressions of permissions and expiry are not on the wire.
ReflectedDefinition FromProto(const v1::ReflectionDefinition& proto);
ReflectedCaveat FromProto(const v1::ReflectionCaveat& proto);

// In the form of a schema, with what is known; ends without a line end.
std::string DescribeDefinition(const ReflectedDefinition& definition);
std::string DescribeCaveat(const ReflectedCaveat& caveat);

Json JsonOf(const ReflectedDefinition& definition);
Json JsonOf(const ReflectedCaveat& caveat);
Json JsonOf(const SchemaDifference& difference);

}  // namespace kith::tool
