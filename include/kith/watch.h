#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/value.h"
#include "kith/values.h"

// Watching a database: the stream of what was committed to it.

namespace kith {

struct WatchRequest {
  // What is wanted of the relationships: those whose resource is of one of
  // these types, or those that match one of these filters, with the meaning
  // that filters have in reads. Not both; neither: all of them.
  std::vector<std::string> object_types;
  std::vector<RelationshipFilter> filters;
  // Everything after this revision; empty: after the newest at the time of the
  // call.
  Token start;

  // The kinds of events that are wanted; at least one.
  bool relationship_updates = true;
  bool schema_updates = false;
  bool checkpoints = false;
};

// One event. Of one commit there are, in this order and as far as wanted and
// not empty: its updates, that it wrote the schema, a checkpoint.
struct WatchEvent {
  // kTouch (also for what was created) or kDelete, in the order of the commit;
  // a deletion says which relationship, not its caveat and expiry. Only those
  // that match. What was written without effect is not among them, and the
  // expiry of a relationship is no event.
  std::vector<Update> updates;
  // Where to resume: nothing up to here is sent again, everything after is.
  Token changes_through;
  // That of the write, with its updates; empty: none.
  Struct metadata;
  bool schema_updated = false;
  // Everything up to changes_through has been delivered. Sent at the start,
  // for every commit, whether or not anything of it matches, and again each
  // Options::watch_heartbeat without another.
  bool is_checkpoint = false;
  // More updates of this commit follow: it is too large for one event
  // (Options::max_watch_event_bytes). changes_through is then the revision
  // before the commit, so that resuming gives the whole commit again.
  bool is_partial = false;
};

// A watch in progress: a position in the sequence of commits. It holds no
// events: what was committed is read when it is asked for, so that a slow
// consumer costs no memory. It does not hold back garbage collection either:
// who falls behind Options::gc_window loses the watch.
//
// Events come in the order of the revisions, none is left out and none comes
// twice. Only commits that survive a crash are delivered.
//
// Thread safety: one thread at a time, except where said; the wake-up comes on
// any thread. Must be destroyed before the database.
class Watcher {
 public:
  // No wake-up comes or is at work after it, unless it runs in the wake-up
  // itself.
  virtual ~Watcher() = default;

  // The next event, without waiting. nullopt: none for now; WakeOnce tells when
  // to ask again. May also be nullopt after much that does not match was
  // passed over, to give the caller a breath; then the wake-up comes at once.
  //
  // An error ends the watch; it is given again by every later call.
  // OUT_OF_RANGE: the history after position() was collected before it was
  // read. DATA_LOSS: stored bytes are damaged. After both read the
  // relationships anew and watch from there.
  virtual absl::StatusOr<std::optional<WatchEvent>> Poll() = 0;

  // Calls `wake` once, as soon as Poll may have something: at once, on this
  // thread, when it has already. It must not block. Not while an earlier one
  // is still to come.
  virtual void WakeOnce(std::function<void()> wake) = 0;
  // Takes a wake-up back. False: it came, and has returned.
  virtual bool CancelWake() = 0;

  // Waits for the next event. nullopt: none came within `timeout`.
  virtual absl::StatusOr<std::optional<WatchEvent>> Next(
      absl::Duration timeout) = 0;

  // Where a watch like this one can go on: the newest revision of which
  // everything has been delivered or passed over.
  virtual Token position() const = 0;

  // Ends the watch on the consumer's behalf: RESOURCE_EXHAUSTED, "watch
  // disconnected: <why>", with where to resume in the message and as
  // "resume_token" in the metadata of its ErrorInfo.
  virtual absl::Status Disconnect(const std::string& why) = 0;
};

}  // namespace kith
