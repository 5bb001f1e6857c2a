#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "db/committer.h"
#include "db/parts.h"
#include "kith/bulk.h"

namespace kith::db {

// What the imports of a database hold together. Thread-safe.
class ImportMemory {
 public:
  explicit ImportMemory(uint64_t limit) : limit_(limit) {}

  // False, and nothing is taken, when it would be over the limit.
  bool Take(uint64_t bytes) {
    if (held_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) {
      return true;
    }
    Give(bytes);
    return false;
  }
  void Give(uint64_t bytes) {
    held_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  uint64_t limit() const { return limit_; }

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> held_{0};
};

// Gathers one ImportCommand. What can be told before the commit without the
// stored state is told by Add, so that the committer, for which all writers
// wait, has less to do. All pointers outlive the importer and its commit.
std::unique_ptr<Importer> MakeImporter(const ImportRequest& request,
                                       const Parts* parts, ImportMemory* memory,
                                       Committer* committer);

}  // namespace kith::db
