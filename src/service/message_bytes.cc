#include "service/message_bytes.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/slice.h>

#include <limits>

#include "base/error.h"

namespace kith::service {

absl::Status ParseMessage(grpc::ByteBuffer* bytes,
                          google::protobuf::Message* message) {
  using Traits = grpc::SerializationTraits<google::protobuf::Message>;
  if (!Traits::Deserialize(bytes, message).ok()) {
    return InvalidArgument("the request is not a valid message of its type");
  }
  return absl::OkStatus();
}

absl::Status SerializeMessage(const google::protobuf::Message& message,
                              grpc::ByteBuffer* bytes) {
  const size_t size = message.ByteSizeLong();
  if (size > std::numeric_limits<int>::max()) {
    return absl::InternalError("the response cannot be serialized");
  }
  // One slice, whatever the size: half the work of gRPC's own way.
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  grpc::ByteBuffer(&slice, 1).Swap(bytes);
  return absl::OkStatus();
}

void SetBytes(std::string_view message, grpc::ByteBuffer* bytes) {
  const grpc::Slice slice(message.data(), message.size());
  grpc::ByteBuffer(&slice, 1).Swap(bytes);
}

}  // namespace kith::service
