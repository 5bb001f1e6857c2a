#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/impl/codegen/serialization_traits.h>
#include <grpcpp/support/byte_buffer.h>

#include <string_view>

#include "absl/status/status.h"

namespace kith::service {

// INVALID_ARGUMENT when the bytes are not such a message, invalid UTF-8 in a
// string included. Consumes `bytes`.
absl::Status ParseMessage(grpc::ByteBuffer* bytes,
                          google::protobuf::Message* message);
absl::Status SerializeMessage(const google::protobuf::Message& message,
                              grpc::ByteBuffer* bytes);
void SetBytes(std::string_view message, grpc::ByteBuffer* bytes);

// A message for gRPC to send. Takes over the bytes, which a grpc::ByteBuffer as
// the message would have copied, and leaves none.
struct OutgoingBytes {
  grpc::ByteBuffer* bytes;
};

}  // namespace kith::service

template <>
class grpc::SerializationTraits<kith::service::OutgoingBytes> {
 public:
  static grpc::Status Serialize(const kith::service::OutgoingBytes& message,
                                grpc::ByteBuffer* out, bool* own_buffer) {
    out->Clear();
    out->Swap(message.bytes);
    *own_buffer = true;
    return grpc::Status::OK;
  }
};
