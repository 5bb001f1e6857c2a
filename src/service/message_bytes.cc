#include "service/message_bytes.h"

#include <grpcpp/impl/codegen/proto_utils.h>

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
  using Traits = grpc::SerializationTraits<google::protobuf::Message>;
  bytes->Clear();  // The writer wants an empty one, not the last message.
  bool own_buffer = false;
  if (!Traits::Serialize(message, bytes, &own_buffer).ok()) {
    return absl::InternalError("the response cannot be serialized");
  }
  return absl::OkStatus();
}

}  // namespace kith::service
