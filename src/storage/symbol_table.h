#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/types.h"

namespace kith::storage {

// The committed names and their symbols.
//
// Thread safety: Find and Name may be called by any thread at any time and take
// no lock; Add by one thread at a time. Nothing is ever removed, so the views
// that Name gives are good for the table's life.
class SymbolTable {
 public:
  static constexpr size_t kMaxNames = 65'535;

  SymbolTable();

  std::optional<Symbol> Find(std::string_view name) const;
  // Empty for a symbol that was not added.
  std::string_view Name(Symbol symbol) const;
  bool Contains(Symbol symbol) const {
    return names_[symbol].load(std::memory_order_acquire) != nullptr;
  }
  // The highest symbol added; 0 when there is none.
  Symbol last() const { return last_.load(std::memory_order_acquire); }

  // `name` is not in the table and `symbol` is new and not kNoSymbol.
  void Add(std::string_view name, Symbol symbol);

 private:
  // Open addressing at a load of at most one half: 0 is a free slot.
  static constexpr size_t kSlots = 131'072;

  std::atomic<Symbol> last_{kNoSymbol};
  std::deque<std::string> texts_;  // stable addresses
  const std::unique_ptr<std::atomic<const std::string*>[]> names_;
  const std::unique_ptr<std::atomic<Symbol>[]> slots_;
};

}  // namespace kith::storage
