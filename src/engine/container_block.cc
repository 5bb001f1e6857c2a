#include "engine/container_block.h"

#include <bit>
#include <cstring>

#include "base/hash.h"

namespace kith::engine {
namespace {

// Slots are offsets of places; 0: free.
using Slot = uint32_t;

template <typename T>
T Load(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

template <typename T>
void Append(const T& value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

ContainerBlock::ContainerBlock(std::string_view bytes)
    : bytes_(bytes), slot_count_(Load<Head>(bytes, 0).slot_count) {}

uint64_t ContainerBlock::Hash(Pc pc, storage::Symbol type,
                              std::string_view id) {
  return Hash64(id, static_cast<uint64_t>(pc) << 16 | type);
}

std::optional<Container> ContainerBlock::Find(Pc pc, storage::Symbol type,
                                              std::string_view id) const {
  const uint64_t mask = slot_count_ - 1;
  for (uint64_t at = Hash(pc, type, id) & mask;; at = (at + 1) & mask) {
    const auto slot = Load<Slot>(bytes_, sizeof(Head) + at * sizeof(Slot));
    if (slot == 0) return std::nullopt;
    const auto place = Load<Place>(bytes_, slot);
    if (place.pc == pc && place.type == type &&
        bytes_.substr(slot + sizeof(Place), place.id_size) == id) {
      return Container{place.value, place.hops};
    }
  }
}

ContainerBlock::Hint ContainerBlock::hint() const {
  return Load<Head>(bytes_, 0).hint;
}

std::string ContainerBlock::MakeHint(const Hint& hint) {
  std::string bytes;
  Append(Head{.hint = hint}, &bytes);
  return bytes;
}

ContainerBlockBuilder::ContainerBlockBuilder(size_t count)
    : slot_count_(std::bit_ceil(2 * count + 1)) {
  Append(ContainerBlock::Head{.slot_count = slot_count_}, &bytes_);
  bytes_.resize(bytes_.size() + slot_count_ * sizeof(Slot));
}

void ContainerBlockBuilder::Add(Pc pc, storage::Symbol type,
                                std::string_view id,
                                const Container& container) {
  const uint64_t mask = slot_count_ - 1;
  uint64_t at = ContainerBlock::Hash(pc, type, id) & mask;
  const auto offset = [](uint64_t slot) {
    return sizeof(ContainerBlock::Head) + slot * sizeof(Slot);
  };
  while (Load<Slot>(bytes_, offset(at)) != 0) at = (at + 1) & mask;
  const auto place = static_cast<Slot>(bytes_.size());
  std::memcpy(bytes_.data() + offset(at), &place, sizeof(place));
  Append(ContainerBlock::Place{.pc = pc,
                               .hops = container.hops,
                               .id_size = static_cast<uint16_t>(id.size()),
                               .type = type,
                               .value = container.value},
         &bytes_);
  bytes_.append(id);
}

}  // namespace kith::engine
