
#include <utility>

#include "base/status_macros.h"
#include "db/apply.h"
#include "db/filters.h"
#include "db/relationship_rows.h"
#include "schema/changes.h"

namespace kith::db {
namespace {

using schema::Removal;

bool NeedsNoData(const Removal& removal) {
  return removal.operation == Removal::Operation::kRemoveCaveatParameter ||
         removal.operation == Removal::Operation::kChangeCaveatParameterType;
}

// Whether the row, which matches the removal's filter, uses exactly the
// combination of caveat, expiry and wildcard that is removed.
bool Uses(const Removal& removal, const storage::TupleKey& key,
          const storage::TupleValue& value, const Group& group) {
  if (removal.operation != Removal::Operation::kRemoveAllowedSubject) {
    return true;
  }
  const schema::AllowedSubject& allowed = removal.allowed;
  return allowed.type == group.NameOf(key.subject_type) &&
         allowed.relation == (key.subject_relation == storage::kNoSymbol
                                  ? std::string_view()
                                  : group.NameOf(key.subject_relation)) &&
         allowed.wildcard == (key.subject_id == kWildcardId) &&
         allowed.caveat == (value.caveat == storage::kNoSymbol
                                ? std::string_view()
                                : group.NameOf(value.caveat)) &&
         allowed.expiration == value.expires_at.has_value();
}

// OK unless a live relationship still needs what is removed.
absl::Status CheckRemoval(const Removal& removal, Group* group) {
  if (NeedsNoData(removal)) return schema::RemovalError(removal, "");
  const auto rows = RowFilter(removal.filter, [&](std::string_view name) {
    return group->SymbolOf(name);
  });
  if (!rows) return absl::OkStatus();
  absl::Status refusal;
  KITH_RETURN_IF_ERROR(group->ForEachLive(
      *rows,
      [&](const storage::TupleKey& key, const storage::TupleValue& value) {
        if (!Uses(removal, key, value, *group)) return true;
        const auto example = RelationshipOf(
            key, value,
            [&](storage::Symbol symbol) { return group->NameOf(symbol); });
        refusal = example.ok()
                      ? schema::RemovalError(removal, example->ToString())
                      : example.status();
        return false;
      }));
  return refusal;
}

// Gives every name that rows or programs may use a symbol.
absl::Status InternNames(const schema::Schema& schema, Group* group) {
  for (const schema::Definition& definition : schema.definitions()) {
    KITH_RETURN_IF_ERROR(group->Intern(definition.name));
    for (const schema::Relation& relation : definition.relations) {
      KITH_RETURN_IF_ERROR(group->Intern(relation.name));
    }
    for (const schema::Permission& permission : definition.permissions) {
      KITH_RETURN_IF_ERROR(group->Intern(permission.name));
    }
  }
  for (const schema::Caveat& caveat : schema.caveats()) {
    KITH_RETURN_IF_ERROR(group->Intern(caveat.name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Applied> Apply(const SchemaCommand& command, Group* group) {
  if (command.text == group->schema()->text) {
    return Applied{.revision = group->revision()};
  }
  const auto removals =
      schema::RemovalsBetween(group->schema()->schema(), *command.schema);
  for (const Removal& removal : removals) {
    KITH_RETURN_IF_ERROR(CheckRemoval(removal, group));
  }
  KITH_RETURN_IF_ERROR(InternNames(*command.schema, group));
  KITH_ASSIGN_OR_RETURN(auto compiled,
                        engine::CompiledSchema::Make(
                            command.schema, [group](std::string_view name) {
                              return group->SymbolOf(name);
                            }));
  return Applied{.revision =
                     group->CommitSchema(command.text, std::move(compiled))};
}

}  // namespace kith::db
