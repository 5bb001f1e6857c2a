#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::interleaving {

// What one step of a thread touches, as sets of shared objects, a bit each.
// Two steps that do not conflict come to the same in either order.
struct Access {
  uint32_t reads = 0;
  uint32_t writes = 0;
};
inline bool Conflict(const Access& a, const Access& b) {
  return (a.writes & (b.reads | b.writes)) != 0 || (b.writes & a.reads) != 0;
}

// One execution: threads that begin together, and what is looked at when all
// have ended.
struct Execution {
  std::vector<std::function<void()>> threads;  // at most 32
  std::function<void()> finish;
};

// Runs code in every order in which its threads could take their steps. The
// threads are fibers of the calling thread, of which one runs at a time: a step
// is what a thread does from one call of Step() to the next, and is not
// interrupted. So everything that others could come between must be announced.
//
// Unless told otherwise, of orders that differ only in steps without conflict
// one is run (sleep sets); that needs the announced accesses to be right.
class Interleavings {
 public:
  struct Result {
    uint64_t schedules = 0;  // run to their end
    uint64_t cut = 0;        // left, since others come to the same
    uint64_t steps = 0;      // of the longest
    bool complete = true;  // false: stopped at a failure or at `max_schedules`
    // The first failure, with the order of steps that led to it.
    std::optional<std::string> failure;
    std::string ToString() const;
  };

  // `make` is called for each execution, and everything must be the same in
  // each but for the order.
  explicit Interleavings(std::function<Execution()> make)
      : make_(std::move(make)) {}

  Interleavings& set_reduce(bool reduce) {
    reduce_ = reduce;
    return *this;
  }
  Interleavings& set_max_schedules(uint64_t most) {
    max_schedules_ = most;
    return *this;
  }

  Result Explore();

  // For the code that is run. Outside of an execution these do nothing.
  //
  // Others may come first. `access` is of what comes then, up to the next call.
  // `name` outlives the execution.
  static void Step(std::string_view name, Access access);
  // Ends the exploration when this execution has ended.
  static void Fail(std::string what);
  // The thread that runs; -1: none.
  static int Current();

 private:
  class Run;
  // A state on the way of the current execution.
  struct Node {
    uint32_t enabled = 0;
    uint32_t asleep = 0;  // steps that were run before, and nothing since
    uint32_t done = 0;    // run from here already
    int chosen = -1;
  };

  // False: every thread that could go on is asleep.
  bool RunOnce(Result* result);
  bool Backtrack();

  const std::function<Execution()> make_;
  bool reduce_ = true;
  uint64_t max_schedules_ = ~uint64_t{0};
  std::vector<Node> path_;
};

}  // namespace kith::interleaving
