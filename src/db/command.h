#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "db/schema_cache.h"
#include "kith/database.h"
#include "schema/schema.h"
#include "storage/store.h"
#include "storage/types.h"

// The ways to change a database, as plain data. A command is made from a
// request by the Make functions, which check all that depends on the request
// and the limits of this process alone; what depends on the stored state is
// checked where the command is applied (apply.h).

namespace kith::db {

struct RowUpdate {
  Update update;
  std::string caveat_context;  // as the row keeps it
  uint64_t place = 0;          // in the request, for errors
};

struct WriteCommand {
  std::vector<RowUpdate> updates;  // of different relationships
  std::vector<Precondition> preconditions;
  std::string metadata;  // canonical JSON; empty: none
};

// Relationships that a schema admits or refuses together: they differ in
// nothing but ids and the context of the caveat.
struct ImportShape {
  Update example;      // the first, without context
  uint64_t place = 0;  // where it came
};

// Relationships as rows, each admitted already by a schema.
struct ImportCommand {
  std::unique_ptr<storage::ImportRows> rows;
  storage::ImportRule rule = storage::ImportRule::kCreate;
  uint64_t first_index = 0;  // of place 0, in errors
  SchemaPtr admitted_by;     // null: there are no rows
  std::vector<ImportShape> shapes;
  bool has_contexts = false;  // some rows have a caveat's context
};

struct DeleteCommand {
  RelationshipFilter filter;
  std::vector<Precondition> preconditions;
  uint32_t limit = 0;  // 0: none
  bool allow_partial = false;
  std::string metadata;
};

struct SchemaCommand {
  std::shared_ptr<const schema::Schema> schema;
  std::string text;  // canonical
};

// Registers a counter, or with no filter unregisters it.
struct CounterCommand {
  std::string name;
  std::optional<RelationshipFilter> filter;
  uint32_t max_counters = 0;
};

using Command = std::variant<WriteCommand, ImportCommand, DeleteCommand,
                             SchemaCommand, CounterCommand>;

// What an accepted command did.
struct Applied {
  // Its own commit's; of a command without effect, the newest in its order.
  storage::Revision revision = 0;
  uint64_t deleted = 0;  // of a DeleteCommand
  bool complete = true;  // of a DeleteCommand: false when the limit cut it
};

// The row of `relationship`, which `path` names in errors; it is asked for then
// or when the relationship has a caveat or an expiry.
absl::StatusOr<RowUpdate> MakeRowUpdate(Update::Operation operation,
                                        Relationship relationship,
                                        absl::FunctionRef<std::string()> path,
                                        const Options& options);

absl::StatusOr<WriteCommand> MakeCommand(WriteRequest request,
                                         const Options& options);
absl::StatusOr<DeleteCommand> MakeCommand(DeleteRequest request,
                                          const Options& options);
absl::StatusOr<SchemaCommand> MakeSchemaCommand(std::string_view text,
                                                const Options& options);

absl::StatusOr<CounterCommand> MakeRegisterCommand(std::string_view name,
                                                   RelationshipFilter filter,
                                                   const Options& options);
absl::StatusOr<CounterCommand> MakeUnregisterCommand(std::string_view name);

// Rows the command changes at most, for cutting groups; a guess for deletes
// without limit.
uint64_t Cost(const Command& command);

// What a group may cost. An import that costs more is committed by itself, as
// sorted files.
inline constexpr uint64_t kMaxGroupCost = 10'000;
inline bool IsLargeImport(const Command& command) {
  return std::holds_alternative<ImportCommand>(command) &&
         Cost(command) > kMaxGroupCost;
}

}  // namespace kith::db
