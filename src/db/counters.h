#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/bulk.h"

namespace kith::db {

// A counter's filter as it is kept (proto/kith/storage/v1/counter.proto).
std::string EncodeCounter(const RelationshipFilter& filter);
// DATA_LOSS when the bytes are none.
absl::StatusOr<RelationshipFilter> DecodeCounter(std::string_view bytes);

// FAILED_PRECONDITION COUNTER_NOT_REGISTERED.
absl::Status CounterNotRegistered(std::string_view name);

// Database::Count.
absl::StatusOr<CountResult> CountRelationships(std::string_view counter,
                                               const Parts& parts);

}  // namespace kith::db
