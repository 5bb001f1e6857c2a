#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace kith {

// Why a call was refused, beside its absl::StatusCode. The numbers are those
// of authzed.api.v1.ErrorReason and never change; proto/README.md has the
// table of codes, reasons and metadata keys. A reason without a comment is of
// that API and given to nobody here.
enum class ErrorReason : int {
  kUnspecified = 0,
  // INVALID_ARGUMENT: the schema text does not parse.
  kSchemaParseError = 1,
  // FAILED_PRECONDITION: the schema parses but is not well typed;
  // INVALID_ARGUMENT: it would orphan stored relationships.
  kSchemaTypeError = 2,
  // FAILED_PRECONDITION: a named type is not in the schema.
  kUnknownDefinition = 3,
  // FAILED_PRECONDITION: the type has no such relation or permission.
  kUnknownRelationOrPermission = 4,
  // INVALID_ARGUMENT: over Options::max_updates_per_write.
  kTooManyUpdatesInRequest = 5,
  // INVALID_ARGUMENT: over Options::max_preconditions.
  kTooManyPreconditionsInRequest = 6,
  // FAILED_PRECONDITION: a precondition of a write or delete does not hold.
  kWriteOrDeletePreconditionFailure = 7,
  // UNAVAILABLE: the database no longer accepts writes.
  kServiceReadOnly = 8,
  kUnknownCaveat = 9,
  // INVALID_ARGUMENT: the relation does not allow such a subject.
  kInvalidSubjectType = 10,
  // INVALID_ARGUMENT: context that does not fit the parameters of its caveat.
  kCaveatParameterTypeError = 11,
  // INVALID_ARGUMENT: one request updates a relationship twice.
  kUpdatesOnSameRelationship = 12,
  // INVALID_ARGUMENT: relationships are written to relations only.
  kCannotUpdatePermission = 13,
  // INVALID_ARGUMENT: an answer hangs on a caveat whose expression fails.
  kCaveatEvaluationError = 14,
  // INVALID_ARGUMENT: not our cursor, or one of another query.
  kInvalidCursor = 15,
  // INVALID_ARGUMENT: more match than the limit and partial is not allowed.
  kTooManyRelationshipsForTransactionalDelete = 16,
  // INVALID_ARGUMENT: over Options::max_relationship_context_bytes.
  kMaxRelationshipContextSize = 17,
  // ALREADY_EXISTS: CREATE of a live relationship.
  kAttemptToRecreateRelationship = 18,
  // FAILED_PRECONDITION: the answer lies beyond Options::max_depth, or hangs on
  // an exclusion that depends on itself.
  kMaximumDepthExceeded = 19,
  kSerializationFailure = 20,
  // INVALID_ARGUMENT: over Options::max_bulk_checks.
  kTooManyChecksInRequest = 21,
  // INVALID_ARGUMENT: a page limit over the configured maximum.
  kExceedsMaximumAllowableLimit = 22,
  // INVALID_ARGUMENT: a filter that is empty or contradicts itself.
  kInvalidFilter = 23,
  kInMemoryTooManyConcurrentUpdates = 24,
  // INVALID_ARGUMENT: a precondition without a filter.
  kEmptyPrecondition = 25,
  // FAILED_PRECONDITION: a counter of this name exists.
  kCounterAlreadyRegistered = 26,
  // FAILED_PRECONDITION: no counter of this name exists.
  kCounterNotRegistered = 27,
  // INVALID_ARGUMENT: `*` as the subject of a check.
  kWildcardNotAllowed = 28,
  // INVALID_ARGUMENT: over Options::max_metadata_bytes.
  kTransactionMetadataTooLarge = 29,
  kDatastoreNotMigrated = 30,
};

// Plain data; the keys are those of proto/README.md.
struct ErrorInfo {
  ErrorReason reason = ErrorReason::kUnspecified;
  std::map<std::string, std::string> metadata;
};

// The name on the wire, e.g. "ERROR_REASON_UNKNOWN_DEFINITION";
// that of kUnspecified for a number that is none.
std::string_view ErrorReasonName(ErrorReason reason);

// The typed detail of an error returned by this library; nullopt when the
// status is OK or carries only a code and a message.
std::optional<ErrorInfo> GetErrorInfo(const absl::Status& status);

}  // namespace kith
