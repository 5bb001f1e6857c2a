#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "engine/engine.h"
#include "schema/schema.h"
#include "storage/types.h"

// What a schema means to an evaluation. For one kind of subject (a type and an
// optional relation) every relation and permission of the schema becomes an
// operation in one array, pruned to what can reach such a subject at all. An
// evaluation then works on pairs (operation, object) and never sees a name.

namespace kith::engine {

using storage::Symbol;

// The index of an operation. Operation 0 is always kNil.
using Pc = uint32_t;
inline constexpr Pc kNilPc = 0;

// A kind of subject: "user", or "group#member".
struct SubjectKind {
  Symbol type = storage::kNoSymbol;
  Symbol relation = storage::kNoSymbol;
  friend bool operator==(const SubjectKind&, const SubjectKind&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SubjectKind& k) {
    return H::combine(std::move(h), k.type, k.relation);
  }
};

// What a relation lets its relationships carry, as a set of bits. A stored
// relationship outside of it is ignored: the schema may have narrowed.
using Traits = uint8_t;
inline constexpr Traits kPlainTrait = 1;     // neither caveat nor expiry
inline constexpr Traits kExpiringTrait = 2;  // an expiry, no caveat

inline Traits TraitsOf(const schema::AllowedSubject& allowed) {
  return allowed.expiration ? kExpiringTrait : kPlainTrait;
}

// One step from an object to another through a relationship.
struct Hop {
  SubjectKind subject;  // the relationships it follows
  Traits traits = 0;
  Pc target = kNilPc;  // evaluated on the subject's object
};

struct Op {
  enum class Kind : uint8_t {
    kNil,       // no one
    kIdentity,  // the subject's own object
    kDirect,    // the subject, or the wildcard of its type, is written there
    kUserset,   // any of the subject sets written there
    kArrowAny,  // any object written there
    kArrowAll,  // all objects written there, and there is one
    kOr,        // any child
    kAnd,       // all children
    kMinus,     // the first child without the second
  };
  Kind kind = Kind::kNil;
  Traits concrete = 0;  // kDirect: of the subject itself; 0: not allowed
  Traits wildcard = 0;  // kDirect: of the wildcard; 0: not allowed
  Symbol relation = storage::kNoSymbol;  // kDirect, kUserset, kArrow*
  // Children of kOr, kAnd and kMinus; hops of kUserset and kArrow*, grouped by
  // subject type.
  uint32_t first = 0;
  uint32_t count = 0;

  // Decided by point reads of its own object: no other object is needed.
  bool is_leaf() const {
    return kind == Kind::kNil || kind == Kind::kIdentity ||
           kind == Kind::kDirect;
  }
};

// The operations for one kind of subject. Immutable.
class SubjectPrograms {
 public:
  const SubjectKind& subject() const { return subject_; }
  const Op& op(Pc pc) const { return ops_[pc]; }
  // Leaves come first, so that cheap operands are tried first; of kMinus in
  // the order base, subtracted.
  std::span<const Pc> children(const Op& op) const {
    return {children_.data() + op.first, op.count};
  }
  std::span<const Hop> hops(const Op& op) const {
    return {hops_.data() + op.first, op.count};
  }
  // The operation of a relation or permission, by its slot.
  Pc root(uint32_t slot) const { return roots_[slot]; }

 private:
  friend class ProgramCompiler;
  SubjectKind subject_;
  std::vector<Op> ops_;
  std::vector<Pc> children_;
  std::vector<Hop> hops_;
  std::vector<Pc> roots_;
};

// The names of a schema resolved to symbols, and the programs made from it on
// first use. Thread-safe.
class Programs {
 public:
  // One relation or permission of one definition.
  struct Slot {
    Symbol type = storage::kNoSymbol;
    Symbol name = storage::kNoSymbol;
    const schema::Definition* definition = nullptr;
    const schema::Relation* relation = nullptr;      // exactly one of these
    const schema::Permission* permission = nullptr;  // two is set
  };

  static absl::StatusOr<std::unique_ptr<Programs>> Make(
      const schema::Schema& schema, const CompiledSchema::SymbolOf& symbol_of);

  // nullopt for a name the schema does not have.
  std::optional<Symbol> FindType(std::string_view type) const;
  std::optional<uint32_t> FindSlot(Symbol type, Symbol name) const;
  std::optional<uint32_t> FindSlot(Symbol type, std::string_view name) const;
  const Slot& slot(uint32_t index) const { return slots_[index]; }
  size_t slot_count() const { return slots_.size(); }
  // kNoSymbol for a name the schema does not have.
  Symbol symbol(std::string_view name) const;
  // The name of one of the schema's symbols.
  std::string_view name(Symbol symbol) const;

  // Compiled at most once for each kind; costs a pass over the schema.
  std::shared_ptr<const SubjectPrograms> For(const SubjectKind& subject);

 private:
  Programs() = default;

  std::vector<Slot> slots_;
  absl::flat_hash_map<std::string, Symbol, StringHash, std::equal_to<>>
      symbols_;
  absl::flat_hash_map<Symbol, std::string_view> names_;  // into symbols_' keys
  absl::flat_hash_map<std::string, Symbol, StringHash, std::equal_to<>> types_;
  absl::flat_hash_map<uint32_t, uint32_t> slot_index_;  // type << 16 | name

  Mutex mutex_;
  absl::flat_hash_map<SubjectKind, std::shared_ptr<const SubjectPrograms>>
      compiled_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::engine
