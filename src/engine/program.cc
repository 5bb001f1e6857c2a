#include "engine/program.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/compiler.h"
#include "engine/reverse_program.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

// Programs kept for kinds of subjects. Schemas have a handful; the bound is
// for a caller who asks about every `type#relation` of a huge schema.
constexpr size_t kMaxCompiledKinds = 1024;

uint32_t SlotKey(Symbol type, Symbol name) {
  return static_cast<uint32_t>(type) << 16 | name;
}

}  // namespace

// Programs backwards, by nest.
struct SubjectPrograms::Reversed {
  Mutex mutex;
  absl::flat_hash_map<Pc, std::unique_ptr<const ReverseProgram>> programs
      KITH_GUARDED_BY(mutex);
};

SubjectPrograms::SubjectPrograms() : reversed_(std::make_unique<Reversed>()) {}
SubjectPrograms::SubjectPrograms(SubjectPrograms&&) noexcept = default;
SubjectPrograms::~SubjectPrograms() = default;

const ReverseProgram& SubjectPrograms::Backwards(Pc nest) const {
  MutexLock lock(&reversed_->mutex);
  auto& program = reversed_->programs[nest];
  if (program == nullptr) {
    program = std::make_unique<const ReverseProgram>(*this, nest,
                                                     folded_[nest].nest_of);
  }
  return *program;
}

absl::StatusOr<std::unique_ptr<Programs>> Programs::Make(
    const schema::Schema& schema, const CompiledSchema::SymbolOf& symbol_of) {
  auto programs = std::unique_ptr<Programs>(new Programs);
  auto resolve = [&](const std::string& name) -> absl::StatusOr<Symbol> {
    if (const Symbol known = programs->symbol(name)) return known;
    const auto symbol = symbol_of(name);
    if (!symbol) {
      return absl::InternalError(
          fmt::format("schema name \"{}\" was never interned", name));
    }
    programs->symbols_.emplace(name, *symbol);
    return *symbol;
  };
  // First all names: what a relation allows may be declared after it.
  for (const schema::Caveat& caveat : schema.caveats()) {
    KITH_ASSIGN_OR_RETURN(const Symbol name, resolve(caveat.name));
    programs->caveats_.emplace(name, caveat.compiled.get());
  }
  for (const schema::Definition& definition : schema.definitions()) {
    KITH_ASSIGN_OR_RETURN(const Symbol type, resolve(definition.name));
    programs->types_.emplace(definition.name, type);
    for (const schema::Relation& relation : definition.relations) {
      KITH_RETURN_IF_ERROR(resolve(relation.name).status());
    }
    for (const schema::Permission& permission : definition.permissions) {
      KITH_RETURN_IF_ERROR(resolve(permission.name).status());
    }
  }
  programs->AddSlots(schema);
  for (const auto& [name, symbol] : programs->symbols_) {
    programs->names_.emplace(symbol, name);
  }
  return programs;
}

void Programs::AddSlots(const schema::Schema& schema) {
  const auto add = [this](const Slot& slot) {
    slot_index_.emplace(SlotKey(slot.type, slot.name), slots_.size());
    slots_.push_back(slot);
  };
  for (const schema::Definition& definition : schema.definitions()) {
    Slot slot{.type = symbol(definition.name), .definition = &definition};
    for (const schema::Relation& relation : definition.relations) {
      slot.name = symbol(relation.name);
      slot.relation = &relation;
      AddAllowed(relation, &slot);
      add(slot);
    }
    slot = {.type = slot.type, .definition = &definition};
    for (const schema::Permission& permission : definition.permissions) {
      slot.name = symbol(permission.name);
      slot.permission = &permission;
      add(slot);
    }
  }
}

// What relations allow
// ---------------------------------------------------------

void Programs::AddAllowed(const schema::Relation& relation, Slot* slot) {
  struct Known {
    size_t index;  // into allowed_
    std::vector<CaveatCombination> caveats;
  };
  absl::flat_hash_map<std::pair<SubjectKind, bool>, Known> known;
  slot->first_allowed = static_cast<uint32_t>(allowed_.size());
  for (const schema::AllowedSubject& written : relation.allowed) {
    const SubjectKind subject{symbol(written.type),
                              written.relation.empty()
                                  ? storage::kNoSymbol
                                  : symbol(written.relation)};
    const auto [it, fresh] = known.try_emplace(
        std::pair(subject, written.wildcard), Known{allowed_.size(), {}});
    if (fresh) allowed_.push_back({subject, written.wildcard, {}});
    Traits& traits = allowed_[it->second.index].traits;
    if (!written.caveat.empty()) {
      it->second.caveats.emplace_back(symbol(written.caveat),
                                      written.expiration);
    } else if (written.expiration) {
      traits.expiring = 1;
    } else {
      traits.plain = 1;
    }
  }
  for (auto& [kind, found] : known) {
    allowed_[found.index].traits.caveats =
        InternCaveats(std::move(found.caveats));
  }
  slot->allowed_count =
      static_cast<uint32_t>(allowed_.size()) - slot->first_allowed;
}

uint32_t Programs::InternCaveats(std::vector<CaveatCombination> set) {
  if (set.empty()) return 0;
  std::ranges::sort(set);
  const auto [it, fresh] = combination_index_.try_emplace(
      set, static_cast<uint32_t>(combinations_.size()));
  if (fresh) combinations_.push_back(std::move(set));
  return it->second;
}

Traits Programs::TraitsOf(const Slot& slot, const SubjectKind& subject,
                          bool wildcard) const {
  for (const Allowed& known : allowed(slot)) {
    if (known.subject == subject && known.wildcard == wildcard) {
      return known.traits;
    }
  }
  return {};
}

bool Programs::Permits(Traits traits, Symbol caveat, bool expiring) const {
  if (caveat == storage::kNoSymbol) {
    return (expiring ? traits.expiring : traits.plain) != 0;
  }
  const auto& set = combinations_[traits.caveats];
  return std::ranges::binary_search(set, CaveatCombination(caveat, expiring));
}

const caveat::CompiledCaveat* Programs::FindCaveat(Symbol name) const {
  const auto it = caveats_.find(name);
  return it == caveats_.end() ? nullptr : it->second;
}

// Names
// ------------------------------------------------------------------------

std::optional<Symbol> Programs::FindType(std::string_view type) const {
  const auto it = types_.find(type);
  if (it == types_.end()) return std::nullopt;
  return it->second;
}

std::optional<uint32_t> Programs::FindSlot(Symbol type, Symbol name) const {
  const auto it = slot_index_.find(SlotKey(type, name));
  if (it == slot_index_.end()) return std::nullopt;
  return it->second;
}

std::optional<uint32_t> Programs::FindSlot(Symbol type,
                                           std::string_view name) const {
  return FindSlot(type, symbol(name));
}

Symbol Programs::symbol(std::string_view name) const {
  const auto it = symbols_.find(name);
  return it == symbols_.end() ? storage::kNoSymbol : it->second;
}

std::string_view Programs::name(Symbol symbol) const {
  const auto it = names_.find(symbol);
  return it == names_.end() ? std::string_view() : it->second;
}

std::shared_ptr<const SubjectPrograms> Programs::For(
    const SubjectKind& subject) {
  {
    MutexLock lock(&mutex_);
    const auto it = compiled_.find(subject);
    if (it != compiled_.end()) return it->second;
  }
  // Outside the lock: two first users may both compile, and agree.
  auto made = std::make_shared<const SubjectPrograms>(
      ProgramCompiler(*this, subject).Compile());
  MutexLock lock(&mutex_);
  if (compiled_.size() >= kMaxCompiledKinds) compiled_.clear();
  return compiled_.emplace(subject, std::move(made)).first->second;
}

}  // namespace kith::engine
