#include "base/error.h"

#include <array>
#include <optional>

#include "absl/strings/cord.h"
#include "base/coding.h"

namespace kith {
namespace {

constexpr char kPayloadUrl[] = "kith/error-info";

// Indexed by ErrorReason.
constexpr std::array<std::string_view, 31> kReasonNames = {
    "ERROR_REASON_UNSPECIFIED",
    "ERROR_REASON_SCHEMA_PARSE_ERROR",
    "ERROR_REASON_SCHEMA_TYPE_ERROR",
    "ERROR_REASON_UNKNOWN_DEFINITION",
    "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION",
    "ERROR_REASON_TOO_MANY_UPDATES_IN_REQUEST",
    "ERROR_REASON_TOO_MANY_PRECONDITIONS_IN_REQUEST",
    "ERROR_REASON_WRITE_OR_DELETE_PRECONDITION_FAILURE",
    "ERROR_REASON_SERVICE_READ_ONLY",
    "ERROR_REASON_UNKNOWN_CAVEAT",
    "ERROR_REASON_INVALID_SUBJECT_TYPE",
    "ERROR_REASON_CAVEAT_PARAMETER_TYPE_ERROR",
    "ERROR_REASON_UPDATES_ON_SAME_RELATIONSHIP",
    "ERROR_REASON_CANNOT_UPDATE_PERMISSION",
    "ERROR_REASON_CAVEAT_EVALUATION_ERROR",
    "ERROR_REASON_INVALID_CURSOR",
    "ERROR_REASON_TOO_MANY_RELATIONSHIPS_FOR_TRANSACTIONAL_DELETE",
    "ERROR_REASON_MAX_RELATIONSHIP_CONTEXT_SIZE",
    "ERROR_REASON_ATTEMPT_TO_RECREATE_RELATIONSHIP",
    "ERROR_REASON_MAXIMUM_DEPTH_EXCEEDED",
    "ERROR_REASON_SERIALIZATION_FAILURE",
    "ERROR_REASON_TOO_MANY_CHECKS_IN_REQUEST",
    "ERROR_REASON_EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT",
    "ERROR_REASON_INVALID_FILTER",
    "ERROR_REASON_INMEMORY_TOO_MANY_CONCURRENT_UPDATES",
    "ERROR_REASON_EMPTY_PRECONDITION",
    "ERROR_REASON_COUNTER_ALREADY_REGISTERED",
    "ERROR_REASON_COUNTER_NOT_REGISTERED",
    "ERROR_REASON_WILDCARD_NOT_ALLOWED",
    "ERROR_REASON_TRANSACTION_METADATA_TOO_LARGE",
    "ERROR_REASON_DATASTORE_NOT_MIGRATED",
};

std::string Encode(const ErrorInfo& info) {
  std::string out;
  PutVarint(&out, static_cast<uint64_t>(info.reason));
  for (const auto& [key, value] : info.metadata) {
    PutLengthPrefixed(&out, key);
    PutLengthPrefixed(&out, value);
  }
  return out;
}

}  // namespace

std::string_view ErrorReasonName(ErrorReason reason) {
  const auto index = static_cast<size_t>(reason);
  return index < kReasonNames.size() ? kReasonNames[index] : kReasonNames[0];
}

absl::Status MakeError(absl::StatusCode code, std::string_view message,
                       const ErrorInfo& info) {
  absl::Status status(code, std::string(message));
  status.SetPayload(kPayloadUrl, absl::Cord(Encode(info)));
  return status;
}

absl::Status MakeError(absl::StatusCode code, ErrorReason reason,
                       std::string_view message, ErrorMetadata metadata) {
  ErrorInfo info{.reason = reason, .metadata = {}};
  for (const auto& [key, value] : metadata) {
    info.metadata.emplace(key, value);
  }
  return MakeError(code, message, info);
}

absl::Status Prefixed(const absl::Status& error, std::string_view prefix) {
  std::string message(prefix);
  message.append(std::string(error.message()));
  absl::Status prefixed(error.code(), message);
  error.ForEachPayload([&prefixed](auto url, const absl::Cord& payload) {
    prefixed.SetPayload(url, payload);
  });
  return prefixed;
}

absl::Status InvalidArgument(std::string_view message) {
  return absl::InvalidArgumentError(std::string(message));
}

std::optional<ErrorInfo> GetErrorInfo(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload) return std::nullopt;
  const std::string bytes(*payload);
  Decoder in(bytes);
  ErrorInfo info;
  info.reason = static_cast<ErrorReason>(in.Varint());
  while (!in.empty() && in.ok()) {
    std::string key(in.LengthPrefixed());
    info.metadata.emplace(std::move(key), in.LengthPrefixed());
  }
  if (!in.ok()) return std::nullopt;
  return info;
}

}  // namespace kith
