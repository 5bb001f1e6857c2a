#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/draw.h"
#include "workloads/workload.h"

namespace kith::bench {

// An endless stream of questions about a workload, which it must not outlive:
// the same for the same seed. One thread at a time; each thread takes one with
// a seed of its own.
class Questions {
 public:
  Questions(const Workload* workload, uint64_t seed, Keys keys)
      : workload_(workload), seed_(seed), draw_(seed, keys) {}

  CheckQuestion Check() { return workload_->Check(&draw_); }
  // One page; Workload::Bulk.
  std::vector<CheckQuestion> Bulk(size_t count) {
    return workload_->Bulk(&draw_, count);
  }
  // Absent: the workload has no such questions, now and ever.
  std::optional<LookupResourcesQuestion> LookupResources() {
    return workload_->LookupResources(&draw_);
  }
  std::optional<LookupSubjectsQuestion> LookupSubjects() {
    return workload_->LookupSubjects(&draw_);
  }

  // A write of `count` different updates that changes no answer to a check or
  // LookupResources: strangers come to resources that are asked about, and the
  // next write of as many takes them away, so that the database does not grow.
  std::vector<Update> Write(size_t count);

 private:
  const Workload* workload_;
  uint64_t seed_;
  Draw draw_;
  uint64_t strangers_ = 0;
  std::vector<Relationship> to_delete_;  // what the last write added
};

}  // namespace kith::bench
