#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kith/database.h"
#include "kith/values.h"

// What the writers of the kill loop write, so that the state after each write
// is known from its number alone.

namespace kith::fault {

inline constexpr std::string_view kSchema =
    "definition user {}\n"
    "definition document {\n\trelation viewer: user\n}\n";

// Relationships of one batch, and batches that a writer leaves standing.
inline constexpr int kBatchRelationships = 3;
inline constexpr uint64_t kBatchesKept = 8;

// Writer `writer` owns one document. Its write number `batch` (from 1) creates
// batch `batch` and deletes the one kBatchesKept before it. Some are imports,
// which only create; the write after one deletes for both.
std::string DocumentOf(int writer);
inline bool IsImport(uint64_t batch) { return batch % 4 == 0; }
std::vector<Relationship> ImportOf(int writer, uint64_t batch);
WriteRequest RequestOf(int writer, uint64_t batch);

// Subject ids on the writer's document after its write number `batch`, if every
// write before it was made.
std::set<std::string> SubjectsAfter(uint64_t batch);

}  // namespace kith::fault
