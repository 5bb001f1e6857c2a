#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"

namespace kith::service {

// INVALID_ARGUMENT when the bytes are not such a message, invalid UTF-8 in a
// string included. Consumes `bytes`.
absl::Status ParseMessage(grpc::ByteBuffer* bytes,
                          google::protobuf::Message* message);
absl::Status SerializeMessage(const google::protobuf::Message& message,
                              grpc::ByteBuffer* bytes);

}  // namespace kith::service
