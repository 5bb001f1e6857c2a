#pragma once

#include "authzed/api/v1/debug.pb.h"
#include "kith/trace.h"

namespace kith::service {

// A trace as the wire has it. A step's `source` is the relationship that leads
// to it, as text, and `caveat_evaluation_info` is of that relationship; a step
// that was told before has `was_cached_result`; `trace_operation_id` numbers
// the questions of a trace.
void ToProto(const CheckTrace& in, authzed::api::v1::DebugInformation* out);

}  // namespace kith::service
