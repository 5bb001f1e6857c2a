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
#include "caveat/caveat.h"
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

// What a relation lets the relationships of one kind of subject carry: some of
// the combinations of a caveat (or none) and an expiry (or none). A stored
// relationship outside of it is ignored: the schema may have narrowed. Made by
// Programs, which knows what it stands for.
struct Traits {
  uint32_t plain : 1 = 0;     // neither caveat nor expiry
  uint32_t expiring : 1 = 0;  // an expiry, no caveat
  uint32_t caveats : 30 = 0;  // which with a caveat; 0: none

  bool none() const { return plain == 0 && expiring == 0 && caveats == 0; }
  friend bool operator==(const Traits&, const Traits&) = default;
};

// One step from an object to another through a relationship.
struct Hop {
  SubjectKind subject;  // the relationships it follows
  Traits traits;
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
  Symbol relation = storage::kNoSymbol;  // kDirect, kUserset, kArrow*
  Traits concrete;                       // kDirect: of the subject itself
  Traits wildcard;                       // kDirect: of the wildcard
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

class ReverseProgram;  // reverse_program.h

// The operations for one kind of subject. Immutable; thread-safe.
class SubjectPrograms {
 public:
  SubjectPrograms();
  SubjectPrograms(SubjectPrograms&&) noexcept;
  ~SubjectPrograms();

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
  // What an operation is the greatest of on one object, with the unions in it
  // dissolved: unlike the tree of unions this needs no value for each. Of
  // kMinus, what its base is; of kAnd and kArrowAll, nothing.
  struct Parts {
    std::span<const Pc> leaves;
    std::span<const Pc> scans;   // kUserset and kArrowAny
    std::span<const Pc> others;  // kAnd, kArrowAll, kMinus, large kOr
  };
  Parts parts(Pc pc) const;

  // A nest is an operation that hops lead to and in whose reach are only
  // unions, subject sets and arrows to any object: the members of groups,
  // nested or not. A subject has it on an object if and only if there is a path
  // of relationships between them, so it may be decided from either end.
  bool is_nest(Pc pc) const {
    return folded_[pc].nest_of != storage::kNoSymbol;
  }
  // A nest backwards. Made on first use; lives as long as this.
  const ReverseProgram& Backwards(Pc nest) const;

  // The operation of a relation or permission, by its slot.
  Pc root(uint32_t slot) const { return roots_[slot]; }

  // The operations that parts of the schema became, for telling why an answer
  // is what it is; kNilPc where no such subject can be reached.
  Pc direct(uint32_t slot) const { return relations_[slot].direct; }
  Pc userset(uint32_t slot) const { return relations_[slot].userset; }
  Pc arrow(const schema::Expression& expression) const {
    const auto it = arrows_.find(&expression);
    return it == arrows_.end() ? kNilPc : it->second;
  }

 private:
  friend class ProgramCompiler;
  struct RelationOps {
    Pc direct = kNilPc;
    Pc userset = kNilPc;
  };
  // Of an operation: its parts, one sort after the other in parts_.
  struct Folded {
    uint32_t first = 0;
    uint32_t leaves = 0;
    uint32_t scans = 0;
    uint32_t others = 0;
    Symbol nest_of = storage::kNoSymbol;  // the type of the objects of a nest
  };
  struct Reversed;

  SubjectKind subject_;
  std::vector<Op> ops_;
  std::vector<Folded> folded_;  // by operation
  std::vector<Pc> parts_;
  std::vector<Pc> children_;
  std::vector<Hop> hops_;
  std::vector<Pc> roots_;
  std::vector<RelationOps> relations_;  // by slot
  absl::flat_hash_map<const schema::Expression*, Pc> arrows_;
  std::unique_ptr<Reversed> reversed_;
};

inline SubjectPrograms::Parts SubjectPrograms::parts(Pc pc) const {
  const Folded& of = folded_[pc];
  const Pc* const leaves = parts_.data() + of.first;
  const Pc* const scans = leaves + of.leaves;
  const Pc* const others = scans + of.scans;
  return {{leaves, of.leaves}, {scans, of.scans}, {others, of.others}};
}

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
    uint32_t first_allowed = 0;                      // see allowed()
    uint32_t allowed_count = 0;
  };
  // A kind of subject that a relation allows, with all it may carry there.
  struct Allowed {
    SubjectKind subject;
    bool wildcard = false;
    Traits traits;
  };

  static absl::StatusOr<std::unique_ptr<Programs>> Make(
      const schema::Schema& schema, const CompiledSchema::SymbolOf& symbol_of);

  // nullopt for a name the schema does not have.
  std::optional<Symbol> FindType(std::string_view type) const;
  std::optional<uint32_t> FindSlot(Symbol type, Symbol name) const;
  std::optional<uint32_t> FindSlot(Symbol type, std::string_view name) const;
  const Slot& slot(uint32_t index) const { return slots_[index]; }
  size_t slot_count() const { return slots_.size(); }
  // What a relation allows, each subject and wildcard once, in the order
  // written; empty for permissions.
  std::span<const Allowed> allowed(const Slot& slot) const {
    return {allowed_.data() + slot.first_allowed, slot.allowed_count};
  }
  // none() when the relation does not allow such a subject.
  Traits TraitsOf(const Slot& slot, const SubjectKind& subject,
                  bool wildcard) const;
  // May a relationship carry this? `caveat` may be kNoSymbol.
  bool Permits(Traits traits, Symbol caveat, bool expiring) const;
  // nullptr for a name that is no caveat of the schema.
  const caveat::CompiledCaveat* FindCaveat(Symbol name) const;
  // kNoSymbol for a name the schema does not have.
  Symbol symbol(std::string_view name) const;
  // The name of one of the schema's symbols.
  std::string_view name(Symbol symbol) const;

  // Compiled at most once for each kind; costs a pass over the schema.
  std::shared_ptr<const SubjectPrograms> For(const SubjectKind& subject);

 private:
  // A caveat and whether there is an expiry beside it.
  using CaveatCombination = std::pair<Symbol, bool>;

  Programs() = default;
  void AddSlots(const schema::Schema& schema);  // once its names are known
  void AddAllowed(const schema::Relation& relation, Slot* slot);
  uint32_t InternCaveats(std::vector<CaveatCombination> set);

  std::vector<Slot> slots_;
  std::vector<Allowed> allowed_;
  // By Traits::caveats, sorted; the first is empty. No two are equal.
  std::vector<std::vector<CaveatCombination>> combinations_ = {{}};
  absl::flat_hash_map<std::vector<CaveatCombination>, uint32_t>
      combination_index_;
  absl::flat_hash_map<Symbol, const caveat::CompiledCaveat*> caveats_;
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
