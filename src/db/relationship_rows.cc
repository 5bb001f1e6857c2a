#include "db/relationship_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/value_json.h"

namespace kith::db {
namespace {

constexpr int kMaxContextDepth = 64;

bool DeeperThan(const Struct& object, int levels);

bool DeeperThan(const Value& value, int levels) {
  if (const auto* object = std::get_if<Struct>(&value.value)) {
    return DeeperThan(*object, levels);
  }
  const auto* list = std::get_if<ValueList>(&value.value);
  if (list == nullptr) return false;
  return levels == 0 ||
         std::any_of(list->begin(), list->end(), [&](const Value& item) {
           return DeeperThan(item, levels - 1);
         });
}

bool DeeperThan(const Struct& object, int levels) {
  return levels == 0 ||
         std::any_of(object.begin(), object.end(), [&](const auto& member) {
           return DeeperThan(member.second, levels - 1);
         });
}

}  // namespace

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

absl::StatusOr<std::string> ContextBytes(const Struct& context,
                                         std::string_view field) {
  if (context.empty()) return std::string();
  if (DeeperThan(context, kMaxContextDepth)) {
    return InvalidArgument(fmt::format("{}: nested deeper than {} levels",
                                       field, kMaxContextDepth));
  }
  std::string json = ToJson(context);
  const auto parsed = StructFromJson(json);
  if (!parsed.ok() || *parsed != context) {
    return InvalidArgument(
        fmt::format("{}: has numbers that are not finite or strings that are "
                    "not UTF-8",
                    field));
  }
  return json;
}

}  // namespace kith::db
