#pragma once

#include "absl/status/status.h"
#include "db/parts.h"
#include "engine/engine.h"
#include "kith/database.h"
#include "kith/value.h"

// What every question to the engine begins with.

namespace kith::db {

// An evaluation at `view`, which outlives it, under the limits of `options`.
engine::Evaluation EvaluationOf(const View& view, const Options& options);

// INVALID_ARGUMENT when the caveat context of a request is malformed or over
// max_request_context_bytes.
absl::Status CheckContext(const Struct& context, const Options& options);

}  // namespace kith::db
