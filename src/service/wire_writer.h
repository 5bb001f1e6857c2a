#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>

#include "kith/values.h"

namespace kith::service {

// Writes the bytes of a message field by field, without making the message: of
// a stream of many small ones the objects would cost more than the rest. The
// bytes are those that protobuf would write when fields come in the order of
// their numbers, which are below 16.
class WireWriter {
 public:
  // Appends to `out`, which outlives it.
  explicit WireWriter(std::string* out) : out_(out) {}

  // As in proto3, an empty text and 0 are left out.
  void Text(int field, std::string_view text);
  void Enum(int field, int value);
  // A message that is set, whatever is in it.
  void Message(int field, const google::protobuf::MessageLite& message);
  // The same with `size` bytes of fields, which the caller writes next.
  void BeginMessage(int field, size_t size);
  // A ZedToken or a Cursor, with its text.
  void TokenMessage(int field, std::string_view token);
  void RelationshipMessage(int field, const Relationship& relationship);

  // The bytes that the functions above append.
  static size_t TextSize(std::string_view text);
  static size_t EnumSize(int value);
  static size_t MessageSize(size_t size);

 private:
  void Varint(uint64_t value);
  void Tag(int field, int type) {
    out_->push_back(static_cast<char>(field << 3 | type));
  }
  void ObjectMessage(int field, const ObjectRef& object, size_t size);

  std::string* const out_;
};

}  // namespace kith::service
