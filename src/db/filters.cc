#include "db/filters.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/coding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"

namespace kith::db {
namespace {

// The set fields by the names of the wire, in their order.
std::vector<std::pair<std::string_view, std::string_view>> SetFields(
    const RelationshipFilter& filter) {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add("resource_type", filter.resource_type);
  add("resource_id", filter.resource_id);
  add("resource_id_prefix", filter.resource_id_prefix);
  add("relation", filter.relation);
  if (filter.subject) {
    add("subject_type", filter.subject->type);
    add("subject_id", filter.subject->id);
    if (filter.subject->relation) {
      fields.emplace_back("subject_relation", *filter.subject->relation);
    }
  }
  return fields;
}

absl::Status CheckNames(const schema::Schema& schema, std::string_view type,
                        std::string_view relation) {
  if (type.empty()) return absl::OkStatus();
  const schema::Definition* definition = schema.FindDefinition(type);
  if (definition == nullptr) return UnknownDefinition(type);
  if (!relation.empty() && !definition->Has(relation)) {
    return UnknownRelation(type, relation);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UnknownDefinition(std::string_view definition) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kUnknownDefinition,
      fmt::format("object definition \"{}\" is not in the schema", definition),
      {{"definition_name", definition}});
}

absl::Status UnknownRelation(std::string_view definition,
                             std::string_view relation) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      ErrorReason::kUnknownRelationOrPermission,
      fmt::format("relation or permission \"{}\" is not in definition \"{}\"",
                  relation, definition),
      {{"definition_name", definition},
       {"relation_or_permission_name", relation}});
}

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
  for (const auto& [name, value] : SetFields(filter)) {
    PutLengthPrefixed(&bytes, name);
    PutLengthPrefixed(&bytes, value);
  }
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  std::string digest;
  PutU64(&digest, hash.high64);
  PutU64(&digest, hash.low64);
  return digest;
}

void AddFilterMetadata(const RelationshipFilter& filter,
                       std::string_view prefix, ErrorInfo* info) {
  for (const auto& [name, value] : SetFields(filter)) {
    info->metadata.emplace(fmt::format("{}{}", prefix, name), value);
  }
}

std::string DescribeFilter(const RelationshipFilter& filter) {
  std::string text;
  for (const auto& [name, value] : SetFields(filter)) {
    text += fmt::format("{}{} \"{}\"", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

}  // namespace kith::db
