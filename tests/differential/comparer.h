#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "differential/case.h"
#include "differential/endpoint.h"
#include "differential/known_differences.h"

namespace kith::differential {

// What a run has compared.
struct Report {
  uint64_t models = 0;
  uint64_t refused = 0;                      // models that neither server took
  std::map<std::string, uint64_t> compared;  // by API
  std::map<std::string, uint64_t> known;     // by name of the difference
  uint64_t differences = 0;

  uint64_t answers() const;  // compared, of all APIs
  std::string ToString() const;
};

// Asks two servers the same and says where they differ. Each owns all of its
// server's data: nobody else may write to them.
class Comparer {
 public:
  // Makes the peer answer again after it did not in time: what it was asked
  // may keep it busy, and growing, for ever. It may lose its data. False: it
  // stays silent.
  using Recover = std::function<bool()>;

  // All outlive it. `questions`: how many about each subject of a model.
  Comparer(Endpoint* ours, Endpoint* peer, Recover recover, size_t questions,
           Report* report)
      : ours_(*ours),
        peer_(*peer),
        recover_(std::move(recover)),
        questions_(questions),
        report_(*report) {}

  // The random model of `seed`. Prints each difference that nothing explains,
  // shrunk, as a validation file with both answers beside it.
  void CompareModel(uint64_t seed);

  // What no server should take: codes and reasons.
  void CompareMalformed();

 private:
  bool LoadBoth(const World& world);
  void CompareQuestions(const World& world, uint64_t seed);
  void CompareBulk(const World& world,
                   const std::vector<property::Question>& questions);
  void Compare(const World& world, const Case& one);
  void RecoverPeer(const World& world);
  void Judge(const World& world, const Case& one, const Reply& ours,
             const Reply& theirs);
  void ShrinkAndPrint(const Observation& first);

  Endpoint& ours_;
  Endpoint& peer_;
  const Recover recover_;
  const size_t questions_;
  Report& report_;
  int timeouts_ = 0;  // of the peer, in this model
};

}  // namespace kith::differential
