#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/id_arena.h"
#include "storage/types.h"

namespace kith::engine {

// An object met by an evaluation, numbered from 0.
using ObjectId = uint32_t;

// The objects that a batch of evaluations has met. Ids are never reused within
// it. Not thread-safe; not copied.
//
// A hash table that is probed linearly and keeps hashes beside the ids, so
// that texts are compared about once. Its memory comes from the last one of
// the thread and goes to the next.
class Objects {
 public:
  struct Object {
    storage::Symbol type;
    std::string_view id;
    friend bool operator==(const Object&, const Object&) = default;
  };

  Objects();
  ~Objects();
  Objects(Objects&&) = default;
  Objects& operator=(Objects&&) = default;

  ObjectId Intern(storage::Symbol type, std::string_view id);
  const Object& operator[](ObjectId object) const {
    return memory_.objects[object];
  }
  size_t size() const { return memory_.objects.size(); }

 private:
  struct Slot {
    uint32_t tag = 0;     // of the hash
    uint32_t number = 0;  // 1 + the id; 0: free
  };
  struct Memory {
    std::vector<Object> objects;
    IdArena ids;              // owns the views
    std::vector<Slot> slots;  // a power of two; at most half are taken
  };
  // Memory of one that has ended, cleared, for the next of the thread.
  static thread_local Memory spare_;

  void Grow();

  Memory memory_;
};

}  // namespace kith::engine
