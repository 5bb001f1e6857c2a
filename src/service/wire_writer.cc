#include "service/wire_writer.h"

#include <bit>

#include "service/convert.h"

namespace kith::service {
namespace {

constexpr int kVarintType = 0;
constexpr int kBytesType = 2;

static_assert(int{wire::ZedToken::kTokenFieldNumber} ==
              int{wire::Cursor::kTokenFieldNumber});

size_t VarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

// Condition and expiry, as fields of a Relationship: rare, so by way of their
// messages.
std::string RareFields(const Relationship& relationship) {
  if (!relationship.caveat && !relationship.expires_at) return {};
  wire::Relationship message;
  ToProto(relationship, &message);
  message.clear_resource();
  message.clear_relation();
  message.clear_subject();
  return message.SerializeAsString();
}

size_t ObjectSize(const ObjectRef& object) {
  return WireWriter::TextSize(object.type) + WireWriter::TextSize(object.id);
}

}  // namespace

size_t WireWriter::TextSize(std::string_view text) {
  return text.empty() ? 0 : MessageSize(text.size());
}

size_t WireWriter::EnumSize(int value) {
  return value == 0 ? 0 : 1 + VarintSize(static_cast<uint64_t>(value));
}

size_t WireWriter::MessageSize(size_t size) {
  return 1 + VarintSize(size) + size;
}

void WireWriter::Varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out_->push_back(static_cast<char>(value | 0x80));
  }
  out_->push_back(static_cast<char>(value));
}

void WireWriter::Text(int field, std::string_view text) {
  if (text.empty()) return;
  BeginMessage(field, text.size());
  out_->append(text);
}

void WireWriter::Enum(int field, int value) {
  if (value == 0) return;
  Tag(field, kVarintType);
  Varint(static_cast<uint64_t>(value));
}

void WireWriter::Message(int field,
                         const google::protobuf::MessageLite& message) {
  BeginMessage(field, message.ByteSizeLong());
  message.AppendToString(out_);
}

void WireWriter::BeginMessage(int field, size_t size) {
  Tag(field, kBytesType);
  Varint(size);
}

void WireWriter::TokenMessage(int field, std::string_view token) {
  BeginMessage(field, TextSize(token));
  Text(wire::ZedToken::kTokenFieldNumber, token);
}

void WireWriter::ObjectMessage(int field, const ObjectRef& object,
                               size_t size) {
  BeginMessage(field, size);
  Text(wire::ObjectReference::kObjectTypeFieldNumber, object.type);
  Text(wire::ObjectReference::kObjectIdFieldNumber, object.id);
}

void WireWriter::RelationshipMessage(int field,
                                     const Relationship& relationship) {
  using Out = wire::Relationship;
  const std::string rare = RareFields(relationship);
  const SubjectRef& subject = relationship.subject;
  const size_t resource_size = ObjectSize(relationship.resource);
  const size_t object_size = ObjectSize(subject.object);
  const size_t subject_size =
      MessageSize(object_size) + TextSize(subject.relation);
  BeginMessage(field, MessageSize(resource_size) +
                          TextSize(relationship.relation) +
                          MessageSize(subject_size) + rare.size());
  ObjectMessage(Out::kResourceFieldNumber, relationship.resource,
                resource_size);
  Text(Out::kRelationFieldNumber, relationship.relation);
  BeginMessage(Out::kSubjectFieldNumber, subject_size);
  ObjectMessage(wire::SubjectReference::kObjectFieldNumber, subject.object,
                object_size);
  Text(wire::SubjectReference::kOptionalRelationFieldNumber, subject.relation);
  out_->append(rare);
}

}  // namespace kith::service
