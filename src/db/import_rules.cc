#include "db/import_rules.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/admission.h"

namespace kith::db {
namespace {

// The refusal of the least place.
class FirstRefusal {
 public:
  void Note(uint64_t place, absl::Status status) {
    if (status.ok() || (place_ && *place_ <= place)) return;
    place_ = place;
    status_ = std::move(status);
  }
  const std::optional<uint64_t>& place() const { return place_; }
  const absl::Status& status() const { return status_; }

 private:
  std::optional<uint64_t> place_;
  absl::Status status_;
};

// Of the rows with a context, which a changed caveat may refuse.
absl::Status CheckContexts(const ImportCommand& command,
                           const schema::Schema& schema, NameOf name_of,
                           FirstRefusal* first) {
  return command.rows->Visit(
      [&](uint64_t place, const storage::TupleKey& key,
          const storage::TupleValue& value) -> absl::Status {
        if (value.caveat_context.empty()) return absl::OkStatus();
        KITH_ASSIGN_OR_RETURN(auto relationship,
                              RelationshipOf(key, value, name_of));
        first->Note(place,
                    CheckAdmission(schema, Touch(std::move(relationship))));
        return absl::OkStatus();
      });
}

}  // namespace

absl::Status AtImported(const ImportCommand& command, uint64_t place,
                        const absl::Status& error) {
  return Prefixed(
      error, fmt::format("relationships[{}]: ", command.first_index + place));
}

absl::Status CheckAdmissions(const ImportCommand& command,
                             const SchemaPtr& schema, NameOf name_of) {
  if (command.rows->size() == 0 || command.admitted_by == schema) {
    return absl::OkStatus();
  }
  FirstRefusal first;
  for (const ImportShape& shape : command.shapes) {
    first.Note(shape.place, CheckAdmission(schema->schema(), shape.example));
  }
  if (command.has_contexts) {
    KITH_RETURN_IF_ERROR(
        CheckContexts(command, schema->schema(), name_of, &first));
  }
  if (!first.place()) return absl::OkStatus();
  return AtImported(command, *first.place(), first.status());
}

absl::Status ConflictError(const ImportCommand& command,
                           const storage::ImportConflict& conflict,
                           NameOf name_of) {
  KITH_ASSIGN_OR_RETURN(const auto relationship,
                        RelationshipOf(conflict.key(), {}, name_of));
  return AtImported(
      command, conflict.place,
      RecreationError(relationship, conflict.twice ? "comes twice in the import"
                                                   : "exists already"));
}

}  // namespace kith::db
