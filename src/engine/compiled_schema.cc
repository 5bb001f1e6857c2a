#include <atomic>
#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "engine/engine.h"
#include "engine/program.h"

namespace kith::engine {
namespace {

uint64_t NextSerial() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledSchema>> CompiledSchema::Make(
    std::shared_ptr<const schema::Schema> schema, const SymbolOf& symbol_of) {
  KITH_ASSIGN_OR_RETURN(auto programs, Programs::Make(*schema, symbol_of));
  return std::shared_ptr<const CompiledSchema>(
      new CompiledSchema(std::move(schema), std::move(programs)));
}

CompiledSchema::CompiledSchema(std::shared_ptr<const schema::Schema> schema,
                               std::unique_ptr<Programs> programs)
    : schema_(std::move(schema)),
      programs_(std::move(programs)),
      serial_(NextSerial()) {}

CompiledSchema::~CompiledSchema() = default;

}  // namespace kith::engine
