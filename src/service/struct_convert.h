#pragma once

#include <google/protobuf/struct.pb.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "kith/value.h"

namespace kith::service {

// google.protobuf.Struct to and from kith::Struct. INVALID_ARGUMENT, beginning
// with `field`, for what JSON has no word for: a number that is not finite, a
// value without a kind.
absl::StatusOr<Struct> ToStruct(const google::protobuf::Struct& in,
                                std::string_view field);
void ToProto(const Struct& in, google::protobuf::Struct* out);

}  // namespace kith::service
