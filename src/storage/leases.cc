#include "storage/leases.h"

#include <algorithm>
#include <cassert>

namespace kith::storage {
namespace {

// The first lease at or above `revision`, searched from the newest.
template <typename Vector>
auto Locate(Vector& leases, Revision revision) {
  auto it = leases.end();
  if (!leases.empty() && leases.back().revision < revision) return it;
  return std::lower_bound(
      leases.begin(), leases.end(), revision,
      [](const auto& lease, Revision r) { return lease.revision < r; });
}

}  // namespace

void Leases::AddLocked(Revision revision) {
  const auto it = Locate(leases_, revision);
  if (it != leases_.end() && it->revision == revision) {
    ++it->count;
  } else {
    leases_.insert(it, {.revision = revision, .count = 1});
  }
}

bool Leases::Take(Revision revision) {
  MutexLock lock(&mutex_);
  if (revision < floor()) return false;
  AddLocked(revision);
  return true;
}

Revision Leases::TakeHead(const std::atomic<Revision>& head) {
  MutexLock lock(&mutex_);
  const Revision revision = head.load(std::memory_order_acquire);
  assert(revision >= floor());
  AddLocked(revision);
  return revision;
}

void Leases::Return(Revision revision) {
  MutexLock lock(&mutex_);
  const auto it = Locate(leases_, revision);
  assert(it != leases_.end() && it->revision == revision);
  if (--it->count == 0) leases_.erase(it);
}

Revision Leases::RaiseFloor(Revision wanted) {
  MutexLock lock(&mutex_);
  if (!leases_.empty()) wanted = std::min(wanted, leases_.front().revision);
  if (wanted > floor()) floor_.store(wanted, std::memory_order_release);
  return floor();
}

}  // namespace kith::storage
