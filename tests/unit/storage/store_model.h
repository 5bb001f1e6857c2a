#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "storage/store.h"

// A store that cannot be wrong: a whole copy of the relationships for every
// revision.

namespace kith::storage {

struct ModelKey {
  Symbol resource_type = kNoSymbol;
  std::string resource_id;
  Symbol relation = kNoSymbol;
  Symbol subject_type = kNoSymbol;
  std::string subject_id;
  Symbol subject_relation = kNoSymbol;

  static ModelKey Of(const TupleKey& key);
  TupleKey View() const;
  friend auto operator<=>(const ModelKey&, const ModelKey&) = default;
};

// Whether `a` comes before `b` in `order`.
bool ComesBefore(ScanOrder order, const ModelKey& a, const ModelKey& b);

struct ModelValue {
  Revision created = 0;
  std::optional<absl::Time> expires_at;
  Symbol caveat = kNoSymbol;
  std::string context;

  static ModelValue Of(const TupleValue& value);
  TupleValue View() const;
  friend bool operator==(const ModelValue&, const ModelValue&) = default;
};

using ModelState = std::map<ModelKey, ModelValue>;
using ModelRow = std::pair<ModelKey, ModelValue>;

// A relationship out of few, so that random changes meet.
ModelKey RandomKey(std::mt19937_64& random);
// Without an expiry.
ModelValue RandomValue(std::mt19937_64& random);
// Owns what its filter points to.
struct ModelFilter {
  ModelKey from;
  std::string id_prefix;
  TupleFilter filter;
};
std::unique_ptr<ModelFilter> RandomFilter(std::mt19937_64& random);
std::string Describe(const TupleFilter& filter);

// What a scan shall give. Rows expired at `gone` are left out.
std::vector<ModelRow> ExpectedRows(const ModelState& state,
                                   const TupleFilter& filter, ScanOrder order,
                                   std::optional<absl::Time> gone = {});
std::vector<ModelRow> Drain(std::unique_ptr<TupleIterator> it);

// Compares everything a snapshot can be asked, over random filters.
void ExpectEqualState(Snapshot& snapshot, const ModelState& state,
                      std::mt19937_64& random, int filters,
                      std::optional<absl::Time> gone = {});

// Fails the test on an error.
void CommitGroup(Store& store, std::unique_ptr<Transaction> group);

}  // namespace kith::storage
