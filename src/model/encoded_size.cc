#include "model/encoded_size.h"

namespace kith {
namespace {

// Tags and lengths around one value: of the value, its payload and its entry
// in a map, five bytes each at most.
constexpr size_t kValueBytes = 16;
// The same around the parts of a relationship, expiry included.
constexpr size_t kRelationshipBytes = 72;
constexpr size_t kCaveatBytes = 24;

size_t BytesOf(const Value& value) {
  size_t bytes = kValueBytes;
  if (const auto* text = std::get_if<std::string>(&value.value)) {
    bytes += text->size();
  } else if (const auto* list = std::get_if<ValueList>(&value.value)) {
    for (const Value& element : *list) bytes += BytesOf(element);
  } else if (const auto* object = std::get_if<Struct>(&value.value)) {
    bytes += MaxEncodedBytes(*object);
  }
  return bytes;
}

}  // namespace

size_t MaxEncodedBytes(const Struct& value) {
  size_t bytes = 0;
  for (const auto& [key, member] : value) {
    bytes += kValueBytes + key.size() + BytesOf(member);
  }
  return bytes;
}

size_t MaxEncodedBytes(const Relationship& relationship) {
  const SubjectRef& subject = relationship.subject;
  size_t bytes = kRelationshipBytes + relationship.resource.type.size() +
                 relationship.resource.id.size() +
                 relationship.relation.size() + subject.object.type.size() +
                 subject.object.id.size() + subject.relation.size();
  if (const auto& caveat = relationship.caveat) {
    bytes +=
        kCaveatBytes + caveat->name.size() + MaxEncodedBytes(caveat->context);
  }
  return bytes;
}

}  // namespace kith
