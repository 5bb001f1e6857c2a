#include "db/relationship_rows.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "model/value_json.h"

namespace kith::db {
using storage::Symbol;
using storage::TupleKey;
using storage::TupleValue;

std::optional<TupleKey> KeyOf(const Relationship& relationship,
                              SymbolOf symbol_of) {
  const ObjectRef& resource = relationship.resource;
  const SubjectRef& subject = relationship.subject;
  const auto resource_type = symbol_of(resource.type);
  const auto relation = symbol_of(relationship.relation);
  const auto subject_type = symbol_of(subject.object.type);
  const auto subject_relation = subject.relation.empty()
                                    ? storage::kNoSymbol
                                    : symbol_of(subject.relation);
  if (!resource_type || !relation || !subject_type || !subject_relation) {
    return std::nullopt;
  }
  return TupleKey{.resource_type = *resource_type,
                  .resource_id = resource.id,
                  .relation = *relation,
                  .subject_type = *subject_type,
                  .subject_id = subject.object.id,
                  .subject_relation = *subject_relation};
}

absl::StatusOr<Relationship> RelationshipOf(const TupleKey& key,
                                            const TupleValue& value,
                                            NameOf name_of) {
  absl::Status unknown;
  const auto name = [&](Symbol symbol) {
    const std::string_view found = name_of(symbol);
    if (found.empty()) {
      unknown = absl::DataLossError(fmt::format(
          "a stored relationship uses the unknown name {}", symbol));
    }
    return found;
  };
  Relationship relationship(
      ObjectRef(name(key.resource_type), key.resource_id), name(key.relation),
      SubjectRef(ObjectRef(name(key.subject_type), key.subject_id),
                 key.subject_relation == storage::kNoSymbol
                     ? std::string_view()
                     : name(key.subject_relation)));
  relationship.expires_at = value.expires_at;
  if (value.caveat != storage::kNoSymbol) {
    relationship.caveat.emplace().name = name(value.caveat);
    if (!value.caveat_context.empty()) {
      auto context = StructFromJson(value.caveat_context);
      if (!context.ok()) {
        return absl::DataLossError(
            fmt::format("a stored caveat context is damaged: {}",
                        std::string(context.status().message())));
      }
      relationship.caveat->context = *std::move(context);
    }
  }
  KITH_RETURN_IF_ERROR(unknown);
  return relationship;
}

absl::Time RowTime(absl::Time time) {
  return absl::UnixEpoch() +
         absl::Floor(time - absl::UnixEpoch(), absl::Nanoseconds(1));
}

std::string ContextBytes(const Struct& context) {
  return context.empty() ? std::string() : ToJson(context);
}

}  // namespace kith::db
