#include "db/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "db/consistency.h"
#include "db/watch_filter.h"
#include "db/watch_hub.h"
#include "model/value_json.h"

namespace kith::db {
namespace {

using storage::Change;
using storage::Revision;
using Clock = WatchHub::Clock;

// After so much that does not match Poll gives its caller a breath.
constexpr size_t kMaxPassedCommits = 1000;
constexpr size_t kMaxPassedChanges = 50'000;
// What an update takes beside its texts.
constexpr size_t kUpdateOverheadBytes = 96;

size_t BytesOf(const Change& change) {
  return change.key.resource_id.size() + change.key.subject_id.size() +
         change.value.caveat_context.size() + kUpdateOverheadBytes;
}

class OpenWatcher final : public Watcher {
 public:
  OpenWatcher(const WatchRequest& request, const Parts& parts, Revision start,
              WatchHub::Id id)
      : wants_updates_(request.relationship_updates),
        wants_schema_(request.schema_updates),
        wants_checkpoints_(request.checkpoints),
        parts_(parts),
        hub_(*parts.watch_hub),
        id_(id),
        heartbeat_(absl::ToChronoNanoseconds(std::min<absl::Duration>(
            parts.options.watch_heartbeat, absl::Hours(24 * 365)))),
        filter_(request),
        position_(start),
        next_heartbeat_(wants_checkpoints_ ? Clock::now()
                                           : Clock::time_point::max()) {}
  ~OpenWatcher() override { hub_.Leave(id_); }

  const WatchFilter& filter() const { return filter_; }

  absl::StatusOr<std::optional<WatchEvent>> Poll() override;
  void WakeOnce(std::function<void()> wake) override {
    const auto at = ended_.ok() ? next_heartbeat_ : Clock::time_point::min();
    hub_.Wait(id_, position_, at, std::move(wake));
  }
  bool CancelWake() override { return hub_.CancelWait(id_); }
  absl::StatusOr<std::optional<WatchEvent>> Next(
      absl::Duration timeout) override;
  Token position() const override {
    return parts_.tokens->Encode(DoneThrough());
  }
  absl::Status Disconnect(const std::string& why) override;

 private:
  // What of the commit after `position_` is the next to be looked at.
  enum class Stage { kUpdates, kSchema, kCheckpoint };

  // The newest revision of which only a checkpoint may be still to come; a
  // watch that starts there begins with one.
  Revision DoneThrough() const {
    const bool done = stage_ == Stage::kCheckpoint ||
                      (stage_ == Stage::kSchema && !SchemaIsNext());
    return done ? position_ + 1 : position_;
  }
  bool SchemaIsNext() const { return wants_schema_ && schema_written_; }

  absl::StatusOr<std::optional<WatchEvent>> NextEvent();
  // Of the commit after `position_`; nullopt: nothing of it is wanted, or the
  // work of one call is done.
  absl::StatusOr<std::optional<WatchEvent>> NextOfCommit();
  absl::StatusOr<std::optional<WatchEvent>> NextUpdates();
  absl::Status TakeUpdates(const storage::CommitRow& row, WatchEvent* event);
  absl::StatusOr<Update> UpdateOf(const Change& change) const;
  WatchEvent Checkpoint(Revision revision);
  void EndCommit();
  absl::Status Lagged();

  const bool wants_updates_;
  const bool wants_schema_;
  const bool wants_checkpoints_;
  const Parts& parts_;
  WatchHub& hub_;
  const WatchHub::Id id_;
  const Clock::duration heartbeat_;
  WatchFilter filter_;

  Revision position_;  // everything up to here is done with
  Stage stage_ = Stage::kUpdates;
  size_t next_change_ = 0;       // in the row of the commit after `position_`
  bool schema_written_ = false;  // by that commit; known after kUpdates
  bool began_ = false;           // the first checkpoint was sent
  size_t passed_changes_ = 0;    // by this call of Poll
  Clock::time_point next_heartbeat_;
  absl::Status ended_;
};

absl::StatusOr<std::optional<WatchEvent>> OpenWatcher::Poll() {
  if (!ended_.ok()) return ended_;
  passed_changes_ = 0;
  auto event = NextEvent();
  if (event.status().code() == absl::StatusCode::kOutOfRange) {
    event = Lagged();
  }
  if (!event.ok()) {
    ended_ = event.status();
  } else if (event->has_value()) {
    hub_.CountEvent();
  }
  return event;
}

absl::StatusOr<std::optional<WatchEvent>> OpenWatcher::NextEvent() {
  if (wants_checkpoints_ && !std::exchange(began_, true)) {
    return Checkpoint(position_);
  }
  for (size_t passed = 0; position_ < hub_.head(); ++passed) {
    if (passed == kMaxPassedCommits || passed_changes_ >= kMaxPassedChanges) {
      return std::nullopt;
    }
    KITH_ASSIGN_OR_RETURN(auto event, NextOfCommit());
    if (event) return event;
  }
  if (wants_checkpoints_ && Clock::now() >= next_heartbeat_) {
    return Checkpoint(position_);
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<WatchEvent>> OpenWatcher::NextOfCommit() {
  if (stage_ == Stage::kUpdates) {
    KITH_ASSIGN_OR_RETURN(auto event, NextUpdates());
    if (event || stage_ == Stage::kUpdates) return event;
  }
  if (stage_ == Stage::kSchema) {
    stage_ = Stage::kCheckpoint;
    if (SchemaIsNext()) {
      WatchEvent event;
      event.schema_updated = true;
      event.changes_through = parts_.tokens->Encode(position_ + 1);
      if (!wants_checkpoints_) EndCommit();
      return event;
    }
  }
  EndCommit();
  if (!wants_checkpoints_) return std::nullopt;
  return Checkpoint(position_);
}

absl::StatusOr<std::optional<WatchEvent>> OpenWatcher::NextUpdates() {
  KITH_ASSIGN_OR_RETURN(const auto row, hub_.ReadCommit(position_ + 1));
  schema_written_ = row->schema_written();
  WatchEvent event;
  if (wants_updates_) {
    KITH_RETURN_IF_ERROR(TakeUpdates(*row, &event));
    if (event.updates.empty() && next_change_ != storage::CommitRow::kEnd) {
      return std::nullopt;
    }
  }
  const bool ends_updates =
      !wants_updates_ || next_change_ == storage::CommitRow::kEnd;
  if (ends_updates) stage_ = Stage::kSchema;
  if (event.updates.empty()) return std::nullopt;

  const bool ends_changes = ends_updates && !SchemaIsNext();
  event.is_partial = !ends_changes;
  event.changes_through =
      parts_.tokens->Encode(ends_changes ? position_ + 1 : position_);
  if (!row->metadata().empty()) {
    auto metadata = StructFromJson(row->metadata());
    if (!metadata.ok()) {
      return absl::DataLossError(
          fmt::format("the metadata of revision {} is damaged: {}",
                      position_ + 1, std::string(metadata.status().message())));
    }
    event.metadata = *std::move(metadata);
  }
  if (ends_changes && !wants_checkpoints_) EndCommit();
  return event;
}

absl::Status OpenWatcher::TakeUpdates(const storage::CommitRow& row,
                                      WatchEvent* event) {
  filter_.Resolve(
      [&](std::string_view name) { return parts_.store->FindSymbol(name); });
  size_t bytes = 0;
  absl::Status failure;
  const auto stopped_at = row.Visit(next_change_, [&](const Change& change) {
    if (!filter_.Matches(change.key)) {
      // Once there are updates the next match decides whether they are the
      // last ones of the commit.
      return ++passed_changes_ < kMaxPassedChanges || bytes != 0;
    }
    const size_t more = BytesOf(change);
    if (bytes != 0 && bytes + more > parts_.options.max_watch_event_bytes) {
      return false;
    }
    bytes += more;
    auto update = UpdateOf(change);
    failure = update.status();
    if (failure.ok()) event->updates.push_back(*std::move(update));
    return failure.ok();
  });
  KITH_RETURN_IF_ERROR(failure);
  KITH_ASSIGN_OR_RETURN(next_change_, stopped_at);
  return absl::OkStatus();
}

absl::StatusOr<Update> OpenWatcher::UpdateOf(const Change& change) const {
  KITH_ASSIGN_OR_RETURN(
      Relationship relationship,
      RelationshipOf(change.key, change.value, [&](storage::Symbol symbol) {
        return parts_.store->SymbolName(symbol);
      }));
  return change.kind == Change::Kind::kPut ? Touch(std::move(relationship))
                                           : Delete(std::move(relationship));
}

WatchEvent OpenWatcher::Checkpoint(Revision revision) {
  next_heartbeat_ = Clock::now() + heartbeat_;
  WatchEvent event;
  event.changes_through = parts_.tokens->Encode(revision);
  event.is_checkpoint = true;
  return event;
}

void OpenWatcher::EndCommit() {
  ++position_;
  stage_ = Stage::kUpdates;
  next_change_ = 0;
}

absl::StatusOr<std::optional<WatchEvent>> OpenWatcher::Next(
    absl::Duration timeout) {
  struct State {
    Mutex mutex;
    CondVar changed;
    bool woken = false;
  };
  const auto deadline =
      Clock::now() + absl::ToChronoNanoseconds(std::clamp<absl::Duration>(
                         timeout, absl::ZeroDuration(), absl::Hours(24 * 365)));
  while (true) {
    auto event = Poll();
    if (!event.ok() || event->has_value()) return event;
    const auto state = std::make_shared<State>();
    WakeOnce([state] {
      MutexLock lock(&state->mutex);
      state->woken = true;
      state->changed.NotifyAll();
    });
    MutexLock lock(&state->mutex);
    while (!state->woken) {
      const auto left = deadline - Clock::now();
      if (left <= left.zero()) break;
      state->changed.WaitFor(lock, left);
    }
    if (state->woken) continue;
    lock.native().unlock();
    CancelWake();
    lock.native().lock();
    return std::nullopt;
  }
}

absl::Status OpenWatcher::Disconnect(const std::string& why) {
  if (!ended_.ok()) return ended_;
  hub_.CountCutOff();
  ended_ =
      MakeError(absl::StatusCode::kResourceExhausted, ErrorReason::kUnspecified,
                fmt::format("watch disconnected: {}; resume from \"{}\"", why,
                            position()),
                {{"resume_token", position()}});
  return ended_;
}

absl::Status OpenWatcher::Lagged() {
  hub_.CountCutOff();
  return MakeError(
      absl::StatusCode::kOutOfRange, ErrorReason::kUnspecified,
      fmt::format("watch disconnected: what follows revision {}, the last one "
                  "delivered (\"{}\"), was collected before it was read; read "
                  "the relationships anew and watch from there",
                  DoneThrough(), position()),
      {{"last_token", position()}});
}

// The revision to start after, held until it is known to be readable.
absl::StatusOr<Revision> StartOf(const WatchRequest& request,
                                 const Parts& parts) {
  if (request.start.empty()) return parts.store->head();
  KITH_ASSIGN_OR_RETURN(const Revision start,
                        parts.tokens->Decode(request.start));
  const Revision horizon = parts.store->Stats().horizon;
  if (start < horizon) {
    return absl::OutOfRangeError(
        fmt::format("invalid revision: revision {} of \"{}\" has expired: the "
                    "history before revision {} was collected",
                    start, request.start, horizon));
  }
  if (IsSeeded(SeededBug::kWatchResumesLate) && start < parts.store->head()) {
    return start + 1;
  }
  return start;
}

// Names may be of either schema: of the one at the start because its
// relationships may since have been deleted, of the newest because they may
// since have been added.
absl::Status CheckNames(const WatchFilter& filter, Revision start,
                        const Parts& parts) {
  const SchemaPtr newest = parts.schemas->Newest();
  absl::Status status = filter.CheckNames(newest->schema());
  if (status.ok() || start >= newest->since) return status;
  KITH_ASSIGN_OR_RETURN(const SchemaPtr then, parts.schemas->At(start));
  return filter.CheckNames(then->schema()).ok() ? absl::OkStatus() : status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Watcher>> OpenWatch(const WatchRequest& request,
                                                   const Parts& parts) {
  KITH_RETURN_IF_ERROR(WatchFilter::Validate(request));
  if (!request.relationship_updates && !request.schema_updates &&
      !request.checkpoints) {
    return InvalidArgument("a watch of no kind of event");
  }
  KITH_ASSIGN_OR_RETURN(const Revision start, StartOf(request, parts));
  // Refuses a start that is yet to come, and holds it while names are looked
  // up.
  KITH_ASSIGN_OR_RETURN(const auto snapshot,
                        SnapshotAt(start, parts.store.get()));
  KITH_ASSIGN_OR_RETURN(const WatchHub::Id id, parts.watch_hub->Join());
  auto watcher = std::make_unique<OpenWatcher>(request, parts, start, id);
  KITH_RETURN_IF_ERROR(CheckNames(watcher->filter(), start, parts));
  return watcher;
}

}  // namespace kith::db
