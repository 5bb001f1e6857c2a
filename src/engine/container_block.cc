#include "engine/container_block.h"

#include <bit>
#include <cstring>

#include "base/hash.h"
#include "engine/raw_bytes.h"

namespace kith::engine {
namespace {

// Slots are offsets of places; 0: free.
using Slot = uint32_t;

}  // namespace

ContainerBlock::ContainerBlock(std::string_view bytes)
    : bytes_(bytes), slot_count_(LoadRaw<Head>(bytes, 0).slot_count) {}

uint64_t ContainerBlock::Hash(Pc pc, storage::Symbol type,
                              std::string_view id) {
  return Hash64(id, static_cast<uint64_t>(pc) << 16 | type);
}

std::optional<Container> ContainerBlock::Find(Pc pc, storage::Symbol type,
                                              std::string_view id) const {
  const uint64_t mask = slot_count_ - 1;
  for (uint64_t at = Hash(pc, type, id) & mask;; at = (at + 1) & mask) {
    const auto slot = LoadRaw<Slot>(bytes_, sizeof(Head) + at * sizeof(Slot));
    if (slot == 0) return std::nullopt;
    const auto place = LoadRaw<Place>(bytes_, slot);
    if (place.pc == pc && place.type == type &&
        bytes_.substr(slot + sizeof(Place), place.id_size) == id) {
      return Container{place.value, place.hops};
    }
  }
}

ContainerBlock::Hint ContainerBlock::hint() const {
  return LoadRaw<Head>(bytes_, 0).hint;
}

std::string ContainerBlock::MakeHint(const Hint& hint) {
  std::string bytes;
  AppendRaw(Head{.hint = hint}, &bytes);
  return bytes;
}

ContainerBlockBuilder::ContainerBlockBuilder(size_t count)
    : slot_count_(std::bit_ceil(2 * count + 1)) {
  AppendRaw(ContainerBlock::Head{.slot_count = slot_count_}, &bytes_);
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
  while (LoadRaw<Slot>(bytes_, offset(at)) != 0) at = (at + 1) & mask;
  const auto place = static_cast<Slot>(bytes_.size());
  std::memcpy(bytes_.data() + offset(at), &place, sizeof(place));
  AppendRaw(ContainerBlock::Place{.pc = pc,
                                  .hops = container.hops,
                                  .id_size = static_cast<uint16_t>(id.size()),
                                  .type = type,
                                  .value = container.value},
            &bytes_);
  bytes_.append(id);
}

}  // namespace kith::engine
