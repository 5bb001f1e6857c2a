#include "engine/objects.h"

#include <utility>

#include "base/hash.h"

namespace kith::engine {
namespace {

constexpr size_t kFewestSlots = 64;
// What a thread keeps for its next evaluation: enough for nearly all of them.
constexpr size_t kMostSpareSlots = 4096;

uint64_t HashOf(storage::Symbol type, std::string_view id) {
  return Hash64(id, type);
}

}  // namespace

thread_local Objects::Memory Objects::spare_;

Objects::Objects() : memory_(std::exchange(spare_, {})) {
  if (memory_.slots.empty()) memory_.slots.resize(kFewestSlots);
}

Objects::~Objects() {
  if (memory_.slots.empty() || memory_.slots.size() > kMostSpareSlots) return;
  // Few objects are taken out one by one; many by clearing all.
  const size_t mask = memory_.slots.size() - 1;
  if (memory_.objects.size() * 8 < memory_.slots.size()) {
    for (const Object& object : memory_.objects) {
      // Frees the run that begins here, which holds the object.
      for (size_t at = HashOf(object.type, object.id) & mask;
           memory_.slots[at].number != 0; at = (at + 1) & mask) {
        memory_.slots[at] = {};
      }
    }
  } else {
    memory_.slots.assign(memory_.slots.size(), {});
  }
  memory_.objects.clear();
  memory_.ids.Clear();
  spare_ = std::move(memory_);
}

ObjectId Objects::Intern(storage::Symbol type, std::string_view id) {
  const uint64_t hash = HashOf(type, id);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = memory_.slots.size() - 1;
  size_t at = hash & mask;
  for (; memory_.slots[at].number != 0; at = (at + 1) & mask) {
    const Slot& slot = memory_.slots[at];
    if (slot.tag != tag) continue;
    const Object& known = memory_.objects[slot.number - 1];
    if (known.type == type && known.id == id) return slot.number - 1;
  }
  memory_.objects.push_back({type, memory_.ids.Keep(id)});
  memory_.slots[at] = {tag, static_cast<uint32_t>(memory_.objects.size())};
  if (memory_.objects.size() * 2 > memory_.slots.size()) Grow();
  return static_cast<ObjectId>(memory_.objects.size() - 1);
}

void Objects::Grow() {
  std::vector<Slot> slots(memory_.slots.size() * 2);
  const size_t mask = slots.size() - 1;
  for (uint32_t number = 1; number <= memory_.objects.size(); ++number) {
    const Object& object = memory_.objects[number - 1];
    const uint64_t hash = HashOf(object.type, object.id);
    size_t at = hash & mask;
    while (slots[at].number != 0) at = (at + 1) & mask;
    slots[at] = {static_cast<uint32_t>(hash >> 32), number};
  }
  memory_.slots = std::move(slots);
}

}  // namespace kith::engine
