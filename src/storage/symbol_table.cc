#include "storage/symbol_table.h"

#include <algorithm>
#include <cassert>

#include "base/hash.h"

namespace kith::storage {

SymbolTable::SymbolTable()
    : names_(new std::atomic<const std::string*>[kMaxNames + 1]()),
      slots_(new std::atomic<Symbol>[kSlots]()) {}

std::optional<Symbol> SymbolTable::Find(std::string_view name) const {
  for (size_t slot = Hash64(name) % kSlots;; slot = (slot + 1) % kSlots) {
    const Symbol symbol = slots_[slot].load(std::memory_order_acquire);
    if (symbol == kNoSymbol) return std::nullopt;
    if (Name(symbol) == name) return symbol;
  }
}

std::string_view SymbolTable::Name(Symbol symbol) const {
  const std::string* name = names_[symbol].load(std::memory_order_acquire);
  return name == nullptr ? std::string_view() : std::string_view(*name);
}

void SymbolTable::Add(std::string_view name, Symbol symbol) {
  assert(symbol != kNoSymbol && !Contains(symbol));
  names_[symbol].store(&texts_.emplace_back(name), std::memory_order_release);
  size_t slot = Hash64(name) % kSlots;
  while (slots_[slot].load(std::memory_order_relaxed) != kNoSymbol) {
    slot = (slot + 1) % kSlots;
  }
  slots_[slot].store(symbol, std::memory_order_release);
  last_.store(std::max(last(), symbol), std::memory_order_release);
}

}  // namespace kith::storage
