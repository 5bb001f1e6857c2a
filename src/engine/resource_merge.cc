#include "engine/resource_merge.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/edges.h"
#include "engine/leading_bytes.h"

namespace kith::engine {
namespace {

// Rows in the lots of all runs together.
constexpr size_t kRowsHeld = 128 << 10;
// Rows of one lot: a lot costs a seek, which is worth some ten rows.
constexpr size_t kLeastLot = 4;
constexpr size_t kLargestLot = 1024;
// Rows of the first lot of a run, for which the first object waits: of a few
// runs and of many.
constexpr size_t kFewRuns = 16;
constexpr uint32_t kFirstLotOfFew = 128;
constexpr uint32_t kFirstLotOfMany = 16;
constexpr uint32_t kLotGrowth = 4;
constexpr uint32_t kMaxEnd = UINT32_MAX >> 1;

}  // namespace

ResourceMerge::ResourceMerge(const Evaluation& evaluation,
                             std::shared_ptr<const ResourceReach> reach,
                             std::string_view after, uint32_t expected,
                             CaveatEvaluator* caveats)
    : evaluation_(evaluation),
      reach_(std::move(reach)),
      caveats_(caveats),
      budget_(evaluation),
      rows_(evaluation.snapshot, evaluation.row_cache),
      id_(after),
      began_at_start_(after.empty()) {
  budget_.Add(reach_->edges);
  const size_t runs = std::max<size_t>(reach_->runs.size(), 1);
  largest_lot_ = static_cast<uint32_t>(
      std::clamp(kRowsHeld / runs, kLeastLot, kLargestLot));
  first_lot_ = std::min(largest_lot_,
                        runs <= kFewRuns ? kFirstLotOfFew : kFirstLotOfMany);
  // One more, so that the last of them needs no second lot.
  if (expected > 0) first_lot_ = std::min(first_lot_, expected + 1);
}

absl::Status ResourceMerge::Start() {
  started_ = true;
  const auto& found = reach_->found;
  next_found_ = std::ranges::upper_bound(found, std::string_view(id_), {},
                                         &Candidate::id) -
                found.begin();
  if (next_found_ < found.size()) {
    heads_.push_back({LeadingBytes(found[next_found_].id), kFound});
  }
  sources_.reserve(reach_->runs.size());
  for (const ResourceRun& run : reach_->runs) {
    Source source(run, id_, first_lot_);
    KITH_RETURN_IF_ERROR(ReadLot(&source));
    if (source.at_end()) continue;
    heads_.push_back(
        {LeadingBytes(source.id()), static_cast<uint32_t>(sources_.size())});
    sources_.push_back(std::move(source));
  }
  for (size_t at = heads_.size() / 2; at-- > 0;) Sink(at);
  return absl::OkStatus();
}

absl::StatusOr<bool> ResourceMerge::Next(Candidate* next) {
  KITH_RETURN_IF_ERROR(error_);
  if (!started_) KITH_RETURN_IF_ERROR(error_ = Start());
  if (heads_.empty()) return false;
  id_ = IdOf(heads_.front());
  *next = {id_, false};
  while (!heads_.empty() && IdOf(heads_.front()) == id_) {
    const uint32_t source = heads_.front().source;
    next->sure |= source == kFound
                      ? reach_->found[next_found_].sure
                      : sources_[source].lot[sources_[source].next].sure != 0;
    error_ = Advance();
    if (!error_.ok()) break;  // by now the object is right, if not sure
  }
  return true;
}

absl::Status ResourceMerge::Advance() {
  Head& head = heads_.front();
  bool at_end = false;
  if (head.source == kFound) {
    at_end = ++next_found_ == reach_->found.size();
  } else {
    Source& source = sources_[head.source];
    ++source.next;
    if (source.at_end() && source.more) {
      KITH_RETURN_IF_ERROR(ReadLot(&source));
    }
    at_end = source.at_end();
  }
  if (at_end) {
    head = heads_.back();
    heads_.pop_back();
  } else {
    head.leading = LeadingBytes(IdOf(head));
  }
  if (!heads_.empty()) Sink(0);
  return absl::OkStatus();
}

absl::Status ResourceMerge::ReadLot(Source* source) {
  source->lot.clear();
  source->ids.clear();
  source->next = 0;
  while (source->lot.empty() && source->more) {
    KITH_RETURN_IF_ERROR(ReadRows(source));
    source->rows = std::min(kLotGrowth * source->rows, largest_lot_);
  }
  return absl::OkStatus();
}

absl::Status ResourceMerge::ReadRows(Source* source) {
  const ResourceRun& run = *source->run;
  // A run that goes on behind its first lot may still be small enough for the
  // cache, which takes what is read from the start and to the end: so the
  // second lot is as large as one may be. Not when the answer begins in the
  // middle: most of the run may lie before.
  const bool again =
      evaluation_.row_cache != nullptr && began_at_start_ && source->lots == 1;
  if (again) source->rows = largest_lot_;
  const std::string_view after = again ? std::string_view() : source->last;
  uint32_t rows = 0;
  bool full = false;
  const absl::Status status = rows_.ScanReverse(
      run.subject_type, run.subject_id, run.subject_relation, run.resource_type,
      run.relation,
      [&](const storage::TupleKey& key, const storage::TupleValue& row) {
        if (again && key.resource_id <= source->last) return absl::OkStatus();
        absl::Status taken = Take(key.resource_id, row, source);
        full = taken.ok() && ++rows == source->rows;
        if (!full) return taken;
        source->last = key.resource_id;
        // An error is how a scan is ended; this one has no text to make.
        return absl::Status(absl::StatusCode::kCancelled, "");
      },
      after);
  ++source->lots;
  if (full) return absl::OkStatus();
  source->more = false;
  return status;
}

absl::Status ResourceMerge::Take(std::string_view id,
                                 const storage::TupleValue& row,
                                 Source* source) {
  KITH_RETURN_IF_ERROR(budget_.Spend());
  const ResourceRun& run = *source->run;
  KITH_ASSIGN_OR_RETURN(const Worth worth,
                        RowValue(row, run.traits, evaluation_.now,
                                 evaluation_.schema->programs(), caveats_));
  if (worth.value == Value::kFalse) return absl::OkStatus();
  source->ids += id;
  source->lot.push_back({static_cast<uint32_t>(source->ids.size()) & kMaxEnd,
                         run.sure && worth.value == Value::kTrue});
  return absl::OkStatus();
}

void ResourceMerge::Sink(size_t at) {
  const Head sinking = heads_[at];
  while (true) {
    size_t child = 2 * at + 1;
    if (child >= heads_.size()) break;
    if (child + 1 < heads_.size() && Less(heads_[child + 1], heads_[child])) {
      ++child;
    }
    if (!Less(heads_[child], sinking)) break;
    heads_[at] = heads_[child];
    at = child;
  }
  heads_[at] = sinking;
}

std::string_view ResourceMerge::IdOf(const Head& head) const {
  return head.source == kFound ? reach_->found[next_found_].id
                               : sources_[head.source].id();
}

}  // namespace kith::engine
