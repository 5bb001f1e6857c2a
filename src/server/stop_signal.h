#pragma once

namespace kith::server {

// SIGTERM and SIGINT, taken over by Install(): the first is what Wait() waits
// for, the second ends the process at once with status 128 + its number. One
// for the process.
class StopSignal {
 public:
  static void Install();
  // Returns once a signal came.
  static void Wait();
};

}  // namespace kith::server
