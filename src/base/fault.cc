#include "base/fault.h"

#include <map>
#include <string>

#include "base/mutex.h"

namespace kith {
namespace {

struct Registry {
  Mutex mutex;
  std::map<std::string, FaultHook, std::less<>> hooks KITH_GUARDED_BY(mutex);
};

Registry& Hooks() {
  static auto* registry = new Registry;  // never destroyed: threads may run on
  return *registry;
}

}  // namespace

void SetFaultHook(std::string_view point, FaultHook hook) {
  Registry& registry = Hooks();
  MutexLock lock(&registry.mutex);
  registry.hooks.erase(std::string(point));
  if (hook) registry.hooks.emplace(point, std::move(hook));
  fault_internal::hook_count.store(static_cast<int>(registry.hooks.size()));
}

namespace fault_internal {

absl::Status Run(std::string_view point) {
  FaultHook hook;
  {
    Registry& registry = Hooks();
    MutexLock lock(&registry.mutex);
    const auto it = registry.hooks.find(point);
    if (it == registry.hooks.end()) return absl::OkStatus();
    hook = it->second;
  }
  return hook();  // outside the lock: a hook may block
}

}  // namespace fault_internal
}  // namespace kith
