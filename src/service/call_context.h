#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace kith::service {

// What a handler may know of the call it serves, and what it may tell about
// it. Lives as long as the call. Thread-safe.
struct CallContext {
  // When the caller stops waiting; InfiniteFuture when it said nothing.
  absl::Time deadline = absl::InfiniteFuture();
  // The caller asks by a header to be told how its checks are answered.
  bool wants_trace = false;
  // The handler of a short call runs on a thread that polls, where others wait
  // for it. If it sees that its work is long it sets `turned_out_long` and
  // returns; what it returned is dropped and it is called again on a worker,
  // where nothing need be short. Both of the thread that runs the handler.
  bool must_be_short = false;
  bool turned_out_long = false;
  // The caller went away or its deadline passed. Set for streams only: the
  // answer of a unary call is made in one go.
  std::atomic<bool> cancelled{false};
  // Checks, lookups and reads done for this call; sent in its trailer.
  std::atomic<uint32_t> operations{0};
};

}  // namespace kith::service
