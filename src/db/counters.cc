#include "db/counters.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/filters.h"
#include "kith/storage/v1/counter.pb.h"
#include "model/validate.h"

namespace kith::db {

std::string EncodeCounter(const RelationshipFilter& filter) {
  storage::v1::Counter counter;
  counter.set_resource_type(filter.resource_type);
  counter.set_resource_id(filter.resource_id);
  counter.set_resource_id_prefix(filter.resource_id_prefix);
  counter.set_relation(filter.relation);
  if (filter.subject) {
    auto* subject = counter.mutable_subject();
    subject->set_type(filter.subject->type);
    subject->set_id(filter.subject->id);
    if (filter.subject->relation) {
      subject->set_relation(*filter.subject->relation);
    }
  }
  return counter.SerializeAsString();
}

absl::StatusOr<RelationshipFilter> DecodeCounter(std::string_view bytes) {
  storage::v1::Counter counter;
  if (!counter.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("a stored counter does not decode");
  }
  RelationshipFilter filter;
  filter.resource_type = std::move(*counter.mutable_resource_type());
  filter.resource_id = std::move(*counter.mutable_resource_id());
  filter.resource_id_prefix = std::move(*counter.mutable_resource_id_prefix());
  filter.relation = std::move(*counter.mutable_relation());
  if (counter.has_subject()) {
    auto* subject = counter.mutable_subject();
    filter.subject.emplace();
    filter.subject->type = std::move(*subject->mutable_type());
    filter.subject->id = std::move(*subject->mutable_id());
    if (subject->has_relation()) {
      filter.subject->relation = std::move(*subject->mutable_relation());
    }
  }
  return filter;
}

absl::Status CounterNotRegistered(std::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   ErrorReason::kCounterNotRegistered,
                   fmt::format("counter \"{}\" is not registered", name),
                   {{"counter_name", name}});
}

absl::StatusOr<CountResult> CountRelationships(std::string_view counter,
                                               const Parts& parts) {
  if (counter.empty()) return InvalidArgument("name: must not be empty");
  KITH_RETURN_IF_ERROR(ValidateRelationName(counter, "name"));
  KITH_ASSIGN_OR_RETURN(const auto bytes, parts.store->FindCounter(counter));
  if (!bytes) return CounterNotRegistered(counter);
  KITH_ASSIGN_OR_RETURN(const RelationshipFilter filter, DecodeCounter(*bytes));
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(Consistency(), parts));
  CountResult result;
  result.read_at = parts.tokens->Encode(view.snapshot->revision());
  const auto rows = RowFilter(filter, [&](std::string_view name) {
    return parts.store->FindSymbol(name);
  });
  if (!rows) return result;
  const auto found = view.snapshot->Scan(*rows);
  for (; found->Valid(); found->Next()) {
    if (!found->value().ExpiredAt(view.now)) ++result.count;
  }
  KITH_RETURN_IF_ERROR(found->status());
  return result;
}

}  // namespace kith::db
