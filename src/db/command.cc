#include "db/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "db/page_limit.h"
#include "db/relationship_rows.h"
#include "model/validate.h"

namespace kith::db {
namespace {

using absl::StatusCode;

constexpr uint64_t kUnlimitedDeleteCost = 1000;
constexpr uint64_t kBytesPerCost = 1024;

absl::StatusOr<std::string> MetadataBytes(const Struct& metadata,
                                          const Options& options) {
  KITH_RETURN_IF_ERROR(
      ValidateContext(metadata, "optional_transaction_metadata"));
  std::string bytes = ContextBytes(metadata);
  if (bytes.size() > options.max_metadata_bytes) {
    const std::string size = fmt::to_string(bytes.size());
    const std::string limit = fmt::to_string(options.max_metadata_bytes);
    return MakeError(
        StatusCode::kInvalidArgument, ErrorReason::kTransactionMetadataTooLarge,
        fmt::format("transaction metadata has {} bytes, at most {} are allowed",
                    size, limit),
        {{"metadata_byte_size", size},
         {"maximum_allowed_metadata_byte_size", limit}});
  }
  return bytes;
}

absl::Status CheckPreconditions(const std::vector<Precondition>& preconditions,
                                const Options& options) {
  if (preconditions.size() > options.max_preconditions) {
    const std::string count = fmt::to_string(preconditions.size());
    const std::string limit = fmt::to_string(options.max_preconditions);
    // The second key is what the wire's clients know.
    return MakeError(
        StatusCode::kInvalidArgument,
        ErrorReason::kTooManyPreconditionsInRequest,
        fmt::format("{} preconditions, at most {} are allowed", count, limit),
        {{"precondition_count", count}, {"maximum_updates_allowed", limit}});
  }
  for (size_t i = 0; i < preconditions.size(); ++i) {
    const Precondition& precondition = preconditions[i];
    const std::string field = fmt::format("preconditions[{}]", i);
    if (precondition.operation != Precondition::Operation::kMustMatch &&
        precondition.operation != Precondition::Operation::kMustNotMatch) {
      return InvalidArgument(
          fmt::format("{}.operation: \"{}\" is no operation", field,
                      static_cast<int>(precondition.operation)));
    }
    if (precondition.filter == RelationshipFilter()) {
      return MakeError(StatusCode::kInvalidArgument,
                       ErrorReason::kEmptyPrecondition,
                       fmt::format("{}.filter: must select something", field));
    }
    KITH_RETURN_IF_ERROR(
        ValidateFilter(precondition.filter, field + ".filter"));
  }
  return absl::OkStatus();
}

absl::Status ContextTooLarge(const Relationship& relationship, size_t bytes,
                             const Options& options) {
  const std::string text = relationship.ToString();
  const std::string size = fmt::to_string(bytes);
  const std::string limit =
      fmt::to_string(options.max_relationship_context_bytes);
  return MakeError(StatusCode::kInvalidArgument,
                   ErrorReason::kMaxRelationshipContextSize,
                   fmt::format("the caveat context of \"{}#{}\" has {} bytes, "
                               "at most {} are allowed",
                               relationship.resource.ToString(),
                               relationship.relation, size, limit),
                   {{"relationship", text},
                    {"max_allowed_size", limit},
                    {"context_size", size}});
}

absl::Status CheckOperation(Update::Operation operation, size_t index) {
  switch (operation) {
    case Update::Operation::kCreate:
    case Update::Operation::kTouch:
    case Update::Operation::kDelete:
      return absl::OkStatus();
  }
  return InvalidArgument(
      fmt::format("updates[{}].operation: \"{}\" is no operation", index,
                  static_cast<int>(operation)));
}

// What two relationships may not both have in one request.
struct SameIdentity {
  bool operator()(const Relationship* a, const Relationship* b) const {
    return a->resource == b->resource && a->relation == b->relation &&
           a->subject == b->subject;
  }
};

struct IdentityHash {
  size_t operator()(const Relationship* relationship) const {
    return absl::HashOf(relationship->resource.id, relationship->relation,
                        relationship->subject.object.id);
  }
};

absl::Status CheckDistinct(const std::vector<RowUpdate>& updates) {
  if (updates.size() < 2) return absl::OkStatus();
  absl::flat_hash_set<const Relationship*, IdentityHash, SameIdentity> seen;
  seen.reserve(updates.size());
  for (const RowUpdate& row : updates) {
    const Relationship& relationship = row.update.relationship;
    if (seen.insert(&relationship).second) continue;
    const std::string text = relationship.ToString();
    return MakeError(
        StatusCode::kInvalidArgument, ErrorReason::kUpdatesOnSameRelationship,
        fmt::format("more than one update of relationship \"{}\"", text),
        {{"definition_name", relationship.resource.type},
         {"relationship", text}});
  }
  return absl::OkStatus();
}

absl::Status CheckCounterName(std::string_view name) {
  if (name.empty()) return InvalidArgument("name: must not be empty");
  return ValidateRelationName(name, "name");
}

}  // namespace

absl::StatusOr<RowUpdate> MakeRowUpdate(Update::Operation operation,
                                        Relationship relationship,
                                        absl::FunctionRef<std::string()> path,
                                        const Options& options) {
  RowUpdate row;
  if (IsBareRelationship(relationship)) {
    row.update = {operation, std::move(relationship)};
    return row;
  }
  KITH_RETURN_IF_ERROR(ValidateRelationship(relationship, path()));
  if (relationship.expires_at) {
    relationship.expires_at = RowTime(*relationship.expires_at);
  }
  if (relationship.caveat) {
    row.caveat_context = ContextBytes(relationship.caveat->context);
    if (row.caveat_context.size() > options.max_relationship_context_bytes) {
      return ContextTooLarge(relationship, row.caveat_context.size(), options);
    }
  }
  row.update = {operation, std::move(relationship)};
  return row;
}

absl::StatusOr<WriteCommand> MakeCommand(WriteRequest request,
                                         const Options& options) {
  if (request.updates.size() > options.max_updates_per_write) {
    const std::string count = fmt::to_string(request.updates.size());
    const std::string limit = fmt::to_string(options.max_updates_per_write);
    return MakeError(
        StatusCode::kInvalidArgument, ErrorReason::kTooManyUpdatesInRequest,
        fmt::format("{} updates, at most {} are allowed", count, limit),
        {{"update_count", count}, {"maximum_updates_allowed", limit}});
  }
  KITH_RETURN_IF_ERROR(CheckPreconditions(request.preconditions, options));
  WriteCommand command;
  KITH_ASSIGN_OR_RETURN(command.metadata,
                        MetadataBytes(request.metadata, options));
  command.updates.reserve(request.updates.size());
  for (size_t i = 0; i < request.updates.size(); ++i) {
    Update& update = request.updates[i];
    KITH_RETURN_IF_ERROR(CheckOperation(update.operation, i));
    KITH_ASSIGN_OR_RETURN(
        RowUpdate row,
        MakeRowUpdate(
            update.operation, std::move(update.relationship),
            [i] { return fmt::format("updates[{}].relationship", i); },
            options));
    row.place = i;
    command.updates.push_back(std::move(row));
  }
  KITH_RETURN_IF_ERROR(CheckDistinct(command.updates));
  command.preconditions = std::move(request.preconditions);
  return command;
}

absl::StatusOr<DeleteCommand> MakeCommand(DeleteRequest request,
                                          const Options& options) {
  KITH_RETURN_IF_ERROR(ValidateFilter(request.filter, "relationship_filter"));
  KITH_RETURN_IF_ERROR(CheckPageLimit(request.limit, options.max_delete_limit));
  KITH_RETURN_IF_ERROR(CheckPreconditions(request.preconditions, options));
  DeleteCommand command;
  KITH_ASSIGN_OR_RETURN(command.metadata,
                        MetadataBytes(request.metadata, options));
  command.filter = std::move(request.filter);
  command.preconditions = std::move(request.preconditions);
  command.limit = request.limit;
  command.allow_partial = request.allow_partial;
  return command;
}

absl::StatusOr<SchemaCommand> MakeSchemaCommand(std::string_view text,
                                                const Options& options) {
  if (text.size() > options.max_schema_bytes) {
    return InvalidArgument(
        fmt::format("schema has {} bytes, at most {} are allowed", text.size(),
                    options.max_schema_bytes));
  }
  SchemaCommand command;
  KITH_ASSIGN_OR_RETURN(command.schema, schema::Compile(text));
  command.text = schema::Print(*command.schema);
  return command;
}

absl::StatusOr<CounterCommand> MakeRegisterCommand(std::string_view name,
                                                   RelationshipFilter filter,
                                                   const Options& options) {
  KITH_RETURN_IF_ERROR(CheckCounterName(name));
  KITH_RETURN_IF_ERROR(ValidateFilter(filter, "relationship_filter"));
  return CounterCommand{.name = std::string(name),
                        .filter = std::move(filter),
                        .max_counters = options.max_counters};
}

absl::StatusOr<CounterCommand> MakeUnregisterCommand(std::string_view name) {
  KITH_RETURN_IF_ERROR(CheckCounterName(name));
  return CounterCommand{.name = std::string(name)};
}

uint64_t Cost(const Command& command) {
  if (const auto* write = std::get_if<WriteCommand>(&command)) {
    return write->updates.size() + 1;
  }
  if (const auto* import = std::get_if<ImportCommand>(&command)) {
    if (import->rows->in_files()) return kMaxGroupCost + 1;
    return std::max(import->rows->size(),
                    import->rows->memory_bytes() / kBytesPerCost) +
           1;
  }
  if (const auto* del = std::get_if<DeleteCommand>(&command)) {
    return del->limit == 0 ? kUnlimitedDeleteCost : del->limit + 1;
  }
  return 1;
}

}  // namespace kith::db
