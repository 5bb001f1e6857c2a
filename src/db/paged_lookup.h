#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "db/cursor.h"
#include "db/parts.h"
#include "kith/values.h"
#include "storage/types.h"

// What the lookups of resources and of subjects have in common: an answer in
// order that is given in batches, ends at a limit and resumes from a cursor.

namespace kith::db {

// Everything that must stay the same from page to page.
struct LookupQuery {
  std::string bytes;
  std::string digest;  // 16 bytes for them, for cursors
};
// The first field names the kind of query: no two kinds have the same, and no
// filter of a read has one like it.
LookupQuery MakeLookupQuery(std::initializer_list<std::string_view> fields);

// Where a page begins.
struct LookupStart {
  LookupStart(View view_now, TimeLeases* time_leases)
      : view(std::move(view_now)), lease(time_leases->Take(&view.now)) {}

  View view;
  TimeLeases::Lease lease;            // of the view's time
  std::optional<ReadPosition> after;  // absent: from the start
  std::string key;                    // in KeptLookups
};

// Without a cursor at a revision for `consistency`, else where and when the
// cursor says. INVALID_ARGUMENT INVALID_CURSOR, OUT_OF_RANGE.
absl::StatusOr<LookupStart> StartLookup(const std::string& cursor,
                                        const Consistency& consistency,
                                        const LookupQuery& query,
                                        const Parts& parts);

// A `Stream` (ResourceStream, SubjectStream) of `Found` over a `Lookup` of the
// engine, whose Next gives one at a time and whose IsAtHand says whether that
// reads nothing any more. What a derived class adds is how a found one is named
// in a cursor, and whether it counts for the limit.
template <typename Stream, typename Found, typename Lookup>
class PagedLookup : public Stream {
 public:
  PagedLookup(LookupStart start, std::unique_ptr<Lookup> lookup,
              std::string_view digest, uint32_t limit, const Parts& parts)
      : lease_(std::move(start.lease)),
        view_(std::move(start.view)),
        lookup_(std::move(lookup)),
        left_(limit == 0 ? UINT64_MAX : limit),
        cursors_(parts.cursors->Begin(view_.snapshot->revision(), digest)),
        looked_up_at_(parts.tokens->Encode(view_.snapshot->revision())) {}

  absl::StatusOr<std::vector<Found>> Next() override {
    KITH_RETURN_IF_ERROR(error_);
    std::vector<Found> batch;
    batch.reserve(std::min<uint64_t>(left_, kMaxBatch));
    while (left_ > 0 && batch.size() < kMaxBatch) {
      Found& one = batch.emplace_back();
      const absl::StatusOr<bool> found = lookup_->Next(&one);
      if (!found.ok() || !*found) {
        error_ = found.status();
        left_ = 0;
        batch.pop_back();
        break;
      }
      if (Counts(one)) --left_;
      one.cursor = cursors_.Encode(KeyOf(one));
    }
    // What was found before an error is given first.
    if (batch.empty()) KITH_RETURN_IF_ERROR(error_);
    return batch;
  }

  bool IsAtHand() const override { return left_ == 0 || lookup_->IsAtHand(); }

  const Token& looked_up_at() const override { return looked_up_at_; }

 private:
  static constexpr size_t kMaxBatch = 128;

  virtual storage::TupleKey KeyOf(const Found& found) const = 0;
  virtual bool Counts(const Found&) const { return true; }

  const TimeLeases::Lease lease_;  // of the view's time
  const View view_;                // of lookup_
  const std::unique_ptr<Lookup> lookup_;
  uint64_t left_;       // how many that count may still be given
  absl::Status error_;  // ends the stream
  CursorCodec::Series cursors_;
  const Token looked_up_at_;
};

}  // namespace kith::db
