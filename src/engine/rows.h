#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/exact_cache.h"
#include "storage/change_stripes.h"
#include "storage/store.h"
#include "storage/types.h"

namespace kith::engine {

class ObjectBlock;
class RowBlock;
class RowBlockBuilder;
class RowCache;

// What an answer rests on: at which other revisions and times it is the same.
struct Support {
  // Beyond it nothing is to be gained from remembering an answer.
  static constexpr size_t kMaxDependencies = 256;

  std::vector<storage::ChangeStripes::Index> dependencies;
  TimeSpan time;

  // False: these are too many.
  bool Add(std::span<const storage::ChangeStripes::Index> more) {
    if (dependencies.size() + more.size() > kMaxDependencies) return false;
    dependencies.insert(dependencies.end(), more.begin(), more.end());
    return true;
  }
};

// What the reads of evaluations depended on, in the order of the reads: enough
// to say at which other revisions and times, and for which contexts, they would
// have the same outcome. Only ever grows. Not thread-safe.
class Recorder {
 public:
  // Of many evaluations together: 4 MiB.
  static constexpr size_t kMaxDependencies = 1 << 20;

  // `stripes` outlives it; `now` is the time of the evaluation. Without stripes
  // it is all about one revision, and no dependencies are recorded.
  Recorder(const storage::ChangeStripes* stripes, absl::Time now,
           size_t max_dependencies = kMaxDependencies)
      : stripes_(stripes), now_(now), max_dependencies_(max_dependencies) {}

  void DependOn(storage::ChangeStripes::Unit unit, std::string_view key) {
    if (stripes_ == nullptr) return;
    DependOn(stripes_->IndexOf(stripes_->Hash(unit, key)));
  }
  void DependOn(storage::ChangeStripes::Index stripe) {
    if (stripes_ == nullptr) return;
    // One thing is often read several times in a row.
    if (dependencies_.size() > part_ && dependencies_.back() == stripe) return;
    if (dependencies_.size() < max_dependencies_) {
      dependencies_.push_back(stripe);
    } else {
      overflowed_ = true;
    }
  }
  // Begins a part of what is recorded that has all that is read in it, also
  // what was read before. Gives its place in dependencies().
  size_t BeginPart() { return part_ = dependencies_.size(); }

  // A row that was examined, whether or not it counted for anything, and in
  // either polarity: when it expires the outcome may be another.
  void Examined(const storage::TupleValue& row) {
    if (row.expires_at) {
      if (*row.expires_at <= now_) {
        time_.from = std::max(time_.from, *row.expires_at);
        return;  // worth nothing: its caveat is not evaluated
      }
      time_.until = std::min(time_.until, *row.expires_at);
    }
    if (row.caveat != storage::kNoSymbol) touched_caveat_ = true;
  }

  // What is recorded is all.
  bool complete() const { return !overflowed_; }
  // The outcome may depend on the context of the request.
  bool touched_caveat() const { return touched_caveat_; }
  const TimeSpan& time() const { return time_; }
  std::span<const storage::ChangeStripes::Index> dependencies() const {
    return dependencies_;
  }

 private:
  const storage::ChangeStripes* const stripes_;
  const absl::Time now_;
  const size_t max_dependencies_;
  bool overflowed_ = false;
  bool touched_caveat_ = false;
  TimeSpan time_;
  std::vector<storage::ChangeStripes::Index> dependencies_;
  size_t part_ = 0;  // where it begins
};

// The rows of one revision as an evaluation reads them: from the cache where it
// has them, from the store otherwise, and always the same. Everything that the
// engine reads to find an answer is read here, so that a recorder misses
// nothing. Rows are raw: which of them have expired, what the schema still
// allows and what their caveats say is decided after (RowValue, edges.h).
// Cached rows do not tell when they were created: TupleValue::created is 0.
// Used by one thread at a time.
class Rows {
 public:
  using Visitor = absl::FunctionRef<absl::Status(const storage::TupleKey&,
                                                 const storage::TupleValue&)>;

  // All outlive it. Without a cache every read goes to the snapshot; without a
  // recorder nothing is recorded. Both must be of the snapshot's store.
  Rows(storage::Snapshot* snapshot, RowCache* cache,
       Recorder* recorder = nullptr)
      : snapshot_(snapshot), cache_(cache), recorder_(recorder) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  // Whether reads of what is written for this object need neither the cache nor
  // the store: it was read last, and is small.
  bool AtHand(storage::Symbol type, std::string_view id) const {
    return at_hand_.small && at_hand_.type == type && at_hand_.id == id;
  }

  // Reads of what is written for this object are near: begins to fetch where
  // the cache has it, which is memory that nobody looked at for a while.
  void Prefetch(storage::Symbol type, std::string_view id);

  // False: there is no such row. The views of `value` are valid until the next
  // read.
  absl::StatusOr<bool> Get(const storage::TupleKey& key,
                           storage::TupleValue* value);

  // Calls `visit` with every row in row order until it returns an error, which
  // is then returned. The views are valid during the call; `visit` must not
  // read through this object.
  //
  // The subjects of one type (with any relation, and `*`) that are written for
  // a relation of an object, by subject id and then relation:
  absl::Status ScanForward(storage::Symbol resource_type,
                           std::string_view resource_id,
                           storage::Symbol relation,
                           storage::Symbol subject_type, Visitor visit);
  // The objects of one type on whose relation a subject is written, by id; with
  // `after`, those whose id is greater:
  absl::Status ScanReverse(storage::Symbol subject_type,
                           std::string_view subject_id,
                           storage::Symbol subject_relation,
                           storage::Symbol resource_type,
                           storage::Symbol relation, Visitor visit,
                           std::string_view after = {});

 private:
  // Of `unit` only the fields of the unit count; of kReverse and kAfter, which
  // belong together, the resource id too. Only a scan of all gathers a block.
  enum class From : uint8_t { kStart, kAfter };
  absl::Status Scan(storage::ScanOrder order, const storage::TupleKey& unit,
                    Visitor visit, From from = From::kStart);
  absl::Status ScanBlock(storage::ScanOrder order,
                         const storage::TupleKey& unit, const RowBlock& block,
                         Visitor visit, From from);
  // A null `block` gathers nothing.
  absl::Status ScanStore(storage::ScanOrder order,
                         const storage::TupleKey& unit, RowBlockBuilder* block,
                         Visitor visit, From from = From::kStart);
  absl::Status GatherUnit(const storage::TupleKey& unit,
                          RowBlockBuilder* block);
  absl::StatusOr<bool> GetCached(const storage::TupleKey& key,
                                 storage::TupleValue* value);
  // Of all that is written for the object of a key; nullopt: it is large, or
  // there is no cache. Valid until the next call.
  absl::StatusOr<std::optional<ObjectBlock>> ObjectOf(
      const storage::TupleKey& key);
  absl::Status TakeInHand(const storage::TupleKey& key);
  absl::StatusOr<std::string> LoadObject(const storage::TupleKey& key);

  // The object that was asked for last, with a copy of its block.
  struct Object {
    storage::Symbol type = storage::kNoSymbol;
    std::string id;
    bool small = false;  // else there is no block
    storage::ChangeStripes::Index stripe = 0;
    std::string block;
  };

  storage::Snapshot* const snapshot_;
  RowCache* const cache_;
  Recorder* const recorder_;
  Object at_hand_;
  std::string key_;
  std::string context_;  // of the row that Get gave
};

}  // namespace kith::engine
