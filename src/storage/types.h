#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace kith::storage {

// Commits are totally ordered; each takes the next revision. The first is 1;
// 0 is the empty database before it.
using Revision = uint64_t;

// A type, relation or caveat name interned to 16 bits. Never reused, also not
// after the name left the schema. 0 is "no name" (a subject without relation).
using Symbol = uint16_t;
inline constexpr Symbol kNoSymbol = 0;

// The identity of a relationship. Views: the owner of the bytes is whoever
// made the key and must outlive it.
struct TupleKey {
  Symbol resource_type = kNoSymbol;
  std::string_view resource_id;
  Symbol relation = kNoSymbol;
  Symbol subject_type = kNoSymbol;
  std::string_view subject_id;          // "*" is the wildcard
  Symbol subject_relation = kNoSymbol;  // kNoSymbol: the object itself

  friend bool operator==(const TupleKey&, const TupleKey&) = default;
};

// What a relationship carries beside its identity. Views as in TupleKey.
struct TupleValue {
  Revision created = 0;                  // of the commit that wrote this value
  std::optional<absl::Time> expires_at;  // whole nanoseconds
  Symbol caveat = kNoSymbol;
  std::string_view caveat_context;  // opaque to storage

  bool ExpiredAt(absl::Time now) const {
    return expires_at.has_value() && *expires_at <= now;
  }
};

// Selects tuples; every set field must match.
struct TupleFilter {
  std::optional<Symbol> resource_type;
  std::optional<std::string_view> resource_id;
  std::string_view resource_id_prefix;
  std::optional<Symbol> relation;
  std::optional<Symbol> subject_type;
  std::optional<std::string_view> subject_id;
  std::optional<Symbol> subject_relation;

  bool Matches(const TupleKey& key) const;
};

// Which of the two row orders a scan follows.
//   kForward: resource type, id, relation, subject type, id, relation
//   kReverse: subject type, id, relation, resource type, relation, id
// (types and relations in symbol order, ids in byte order)
enum class ScanOrder : uint8_t { kForward, kReverse };

// The order whose rows the filter narrows to the shorter contiguous range,
// judged by the filter alone; the same filter always gets the same order.
ScanOrder BestOrder(const TupleFilter& filter);

}  // namespace kith::storage
