#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kith::fault {

// What the process that is to be killed does.
struct WriterPlan {
  std::string directory;
  // The next batch of each writer thread.
  std::vector<uint64_t> next_batch;
  // Kill oneself when this fault point is hit for the `die_at_hit`th time;
  // empty: wait for the parent to do it.
  std::string die_at_point;
  uint64_t die_at_hit = 1;
};

// One acknowledged write, as a line on standard output: the line is written
// after the database said OK and before the thread goes on.
struct Acknowledgement {
  int writer = 0;
  uint64_t batch = 0;
  std::string token;
};
std::string ToLine(const Acknowledgement& acknowledgement);
bool FromLine(const std::string& line, Acknowledgement* acknowledgement);

// Opens the database and writes from all threads until killed. Returns only
// when something was refused, having said so on standard error.
int RunWriter(const WriterPlan& plan);

}  // namespace kith::fault
