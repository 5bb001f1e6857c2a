#include "engine/program.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/compiler.h"
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
  auto add = [&](Slot slot, const std::string& name) -> absl::Status {
    KITH_ASSIGN_OR_RETURN(slot.name, resolve(name));
    programs->slot_index_.emplace(SlotKey(slot.type, slot.name),
                                  programs->slots_.size());
    programs->slots_.push_back(slot);
    return absl::OkStatus();
  };
  for (const schema::Definition& definition : schema.definitions()) {
    KITH_ASSIGN_OR_RETURN(const Symbol type, resolve(definition.name));
    programs->types_.emplace(definition.name, type);
    Slot slot{.type = type, .definition = &definition};
    for (const schema::Relation& relation : definition.relations) {
      slot.relation = &relation;
      KITH_RETURN_IF_ERROR(add(slot, relation.name));
    }
    slot.relation = nullptr;
    for (const schema::Permission& permission : definition.permissions) {
      slot.permission = &permission;
      KITH_RETURN_IF_ERROR(add(slot, permission.name));
    }
  }
  for (const auto& [name, symbol] : programs->symbols_) {
    programs->names_.emplace(symbol, name);
  }
  return programs;
}

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
