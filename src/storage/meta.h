#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/families.h"
#include "storage/symbol_table.h"

// The rows of the `meta` family.

namespace kith::storage {

// Persisted: never change or reuse one.
inline constexpr std::string_view kMetaDatabaseId = "database_id";
inline constexpr std::string_view kMetaMacKey = "mac_key";
inline constexpr std::string_view kMetaHead = "head";
inline constexpr std::string_view kMetaHorizon = "horizon";
inline constexpr std::string_view kMetaExpiredBefore = "expired_before";
inline constexpr std::string_view kMetaSymbolPrefix = "symbol/";
inline constexpr std::string_view kMetaCounterPrefix = "counter/";

std::string EncodeMetaU64(uint64_t value);

struct Meta {
  std::string database_id;
  std::string mac_key;
  Revision head = 0;
  Revision horizon = 0;
  int64_t expired_before = GarbageLine::kNothingExpired;
};

// nullopt: the database was only just made and has no identity yet. DATA_LOSS
// when rows are missing, malformed or contradict each other.
absl::StatusOr<std::optional<Meta>> ReadMeta(const Families& families);

// The key of a counter's row.
std::string CounterKey(std::string_view name);

// Gives a new database its identity, durably.
absl::StatusOr<Meta> CreateMeta(const Families& families);

// Adds all committed names. DATA_LOSS unless they are numbered from 1 without
// a gap.
absl::Status LoadSymbols(const Families& families, SymbolTable* symbols);

}  // namespace kith::storage
