#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/program.h"
#include "engine/value.h"
#include "storage/types.h"

namespace kith::engine {

// A place that contains a subject.
struct Container {
  Value value = Value::kFalse;  // kUnknown: perhaps
  uint32_t hops = 0;            // from the subject, on the shortest such path
};

// All containers of one subject by one nest, as a cache keeps them: a hash
// table in a run of bytes. In this process only: no format.
//
//   head | slots | places, each followed by its id
//
// Or, without containers, a hint for those who might look for them. It claims
// nothing.
class ContainerBlock {
 public:
  ContainerBlock() = default;
  // Bytes of a ContainerBlockBuilder, which outlive it.
  explicit ContainerBlock(std::string_view bytes);

  // Searches have read `spent` in vain; when it is `next_turn`, looking for the
  // containers is due.
  struct Hint {
    uint64_t spent = 0;
    uint64_t next_turn = 0;
    // There are too many to be kept, so only one search by itself counts.
    bool large = false;
  };
  bool is_hint() const { return slot_count_ == 0; }
  Hint hint() const;
  static std::string MakeHint(const Hint& hint);

  std::optional<Container> Find(Pc pc, storage::Symbol type,
                                std::string_view id) const;

 private:
  friend class ContainerBlockBuilder;
  struct Head {
    uint64_t slot_count = 0;  // a power of two; 0: a hint
    Hint hint;
  };
  struct Place {
    Pc pc = kNilPc;
    uint32_t hops = 0;
    uint16_t id_size = 0;
    storage::Symbol type = storage::kNoSymbol;
    Value value = Value::kFalse;
  };
  static uint64_t Hash(Pc pc, storage::Symbol type, std::string_view id);

  std::string_view bytes_;
  uint64_t slot_count_ = 0;
};

class ContainerBlockBuilder {
 public:
  // What a place takes beside its id, about.
  static constexpr size_t kPlaceBytes = 32;

  explicit ContainerBlockBuilder(size_t count);
  // At most `count` times, each time with another place.
  void Add(Pc pc, storage::Symbol type, std::string_view id,
           const Container& container);
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  uint64_t slot_count_;
};

}  // namespace kith::engine
