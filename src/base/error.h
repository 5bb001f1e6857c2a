#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "kith/errors.h"

namespace kith {

using ErrorMetadata =
    std::initializer_list<std::pair<std::string_view, std::string_view>>;

// A status that carries an ErrorInfo (see kith/errors.h). Messages are lower
// case without a full stop, quote the offending value and name the limit or
// rule.
absl::Status MakeError(absl::StatusCode code, ErrorReason reason,
                       std::string_view message, ErrorMetadata metadata = {});
absl::Status MakeError(absl::StatusCode code, std::string_view message,
                       const ErrorInfo& info);

// The same error with `prefix` before its message: where it arose.
absl::Status Prefixed(const absl::Status& error, std::string_view prefix);

// INVALID_ARGUMENT without a reason: the request itself is malformed.
absl::Status InvalidArgument(std::string_view message);

}  // namespace kith
