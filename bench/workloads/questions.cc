#include "workloads/questions.h"

#include <string>
#include <utility>

namespace kith::bench {

std::vector<Update> Questions::Write(size_t count) {
  std::vector<Update> updates;
  updates.reserve(count);
  if (!to_delete_.empty()) {
    for (Relationship& relationship : to_delete_) {
      updates.push_back(Delete(std::move(relationship)));
    }
    to_delete_.clear();
    return updates;
  }
  to_delete_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    std::string stranger =
        "stranger" + std::to_string(seed_) + "-" + std::to_string(strangers_++);
    to_delete_.push_back(workload_->Stray(&draw_, stranger));
    updates.push_back(Touch(to_delete_.back()));
  }
  return updates;
}

}  // namespace kith::bench
