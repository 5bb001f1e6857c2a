#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "fault/writer.h"
#include "kith/database.h"

namespace kith::fault {

// Keeps what was acknowledged and holds a reopened database against it:
//   durable: the state at an acknowledgement's revision is exactly the state
//     after that write, right after the kill and many kills later;
//   atomic: of the one write each thread may have had in flight, all or nothing
//     is there;
//   complete: the head's revision is the number of writes that took effect,
//     plus the schema's, so it is no lower than any acknowledged one, and no
//     write took effect twice.
class Audit {
 public:
  Audit(int writers, uint64_t seed);

  // The first batch of each writer that did not take effect.
  std::vector<uint64_t> next_batch() const;

  // Checks the database in `directory` after a process that acknowledged
  // `acknowledged` was killed. Returns what is wrong; empty: nothing.
  std::vector<std::string> Check(
      const std::string& directory,
      const std::vector<Acknowledgement>& acknowledged);

  uint64_t acknowledged() const { return acknowledged_; }
  // Unacknowledged writes that were found to have taken effect.
  uint64_t survived() const { return survived_; }
  uint64_t states_compared() const { return states_compared_; }

 private:
  void CheckState(Database* db, int writer, uint64_t batch,
                  const Consistency& consistency, std::string_view what);
  void CheckHead(Database* db, int writer);
  void Wrong(std::string what) { wrong_.push_back(std::move(what)); }

  std::mt19937_64 random_;
  std::vector<uint64_t> applied_;        // batches that took effect, by writer
  std::vector<Acknowledgement> sample_;  // of all rounds so far
  uint64_t acknowledged_ = 0;
  uint64_t survived_ = 0;
  uint64_t states_compared_ = 0;
  std::vector<std::string> wrong_;
};

}  // namespace kith::fault
