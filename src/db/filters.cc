#include "db/filters.h"

#include <fmt/format.h>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "model/filter_text.h"
#include "schema/unknown_name.h"

namespace kith::db {
namespace {

absl::Status CheckNames(const schema::Schema& schema, std::string_view type,
                        std::string_view relation) {
  if (type.empty()) return absl::OkStatus();
  const schema::Definition* definition = schema.FindDefinition(type);
  if (definition == nullptr) return schema::UnknownDefinition(type);
  if (!relation.empty() && !definition->Has(relation)) {
    return schema::UnknownRelation(type, relation);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFilterNames(const schema::Schema& schema,
                              const RelationshipFilter& filter) {
  KITH_RETURN_IF_ERROR(
      CheckNames(schema, filter.resource_type, filter.relation));
  if (!filter.subject) return absl::OkStatus();
  return CheckNames(schema, filter.subject->type,
                    filter.subject->relation.value_or(""));
}

std::optional<storage::TupleFilter> RowFilter(const RelationshipFilter& filter,
                                              SymbolOf symbol_of) {
  storage::TupleFilter rows;
  bool known = true;
  const auto set = [&](std::string_view name,
                       std::optional<storage::Symbol>* symbol) {
    if (name.empty()) return;
    *symbol = symbol_of(name);
    known = known && symbol->has_value();
  };
  set(filter.resource_type, &rows.resource_type);
  if (!filter.resource_id.empty()) rows.resource_id = filter.resource_id;
  rows.resource_id_prefix = filter.resource_id_prefix;
  set(filter.relation, &rows.relation);
  if (filter.subject) {
    set(filter.subject->type, &rows.subject_type);
    if (!filter.subject->id.empty()) rows.subject_id = filter.subject->id;
    if (filter.subject->relation) {
      rows.subject_relation = storage::kNoSymbol;
      set(*filter.subject->relation, &rows.subject_relation);
    }
  }
  if (!known) return std::nullopt;
  return rows;
}

std::optional<storage::TupleKey> OnlyKey(const storage::TupleFilter& filter) {
  if (!filter.resource_type || !filter.resource_id || !filter.relation ||
      !filter.subject_type || !filter.subject_id || !filter.subject_relation) {
    return std::nullopt;
  }
  return storage::TupleKey{.resource_type = *filter.resource_type,
                           .resource_id = *filter.resource_id,
                           .relation = *filter.relation,
                           .subject_type = *filter.subject_type,
                           .subject_id = *filter.subject_id,
                           .subject_relation = *filter.subject_relation};
}

std::string FilterDigest(const RelationshipFilter& filter) {
  std::string bytes;
  for (const auto& [name, value] : FilterFields(filter)) {
    PutLengthPrefixed(&bytes, name);
    PutLengthPrefixed(&bytes, value);
  }
  return Hash128(bytes);
}

void AddFilterMetadata(const RelationshipFilter& filter,
                       std::string_view prefix, ErrorInfo* info) {
  for (const auto& [name, value] : FilterFields(filter)) {
    info->metadata.emplace(fmt::format("{}{}", prefix, name), value);
  }
}

}  // namespace kith::db
