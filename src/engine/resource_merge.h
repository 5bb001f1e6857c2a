#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/engine.h"
#include "engine/lookup_budget.h"
#include "engine/resource_reach.h"
#include "engine/rows.h"

namespace kith::engine {

// The objects of a reach in the order of their ids, each once: those found, and
// those of the runs, read as their turn comes. Each run is in order by itself,
// so what is held at a time is the next few of each, a bounded number in all,
// and the first object costs a look at each run. No read is left open between
// two calls. One thread at a time.
class ResourceMerge {
 public:
  // Objects with an id greater than `after`. `expected`, unless 0: how many are
  // likely to be asked for. `evaluation` and `caveats` outlive it.
  ResourceMerge(const Evaluation& evaluation,
                std::shared_ptr<const ResourceReach> reach,
                std::string_view after, uint32_t expected,
                CaveatEvaluator* caveats);

  // False: there are no more. The id is valid until the next call.
  // RESOURCE_EXHAUSTED beyond max_lookup_edges, those of the walk included;
  // CANCELLED.
  absl::StatusOr<bool> Next(Candidate* next);

 private:
  // A run, and the next of its objects.
  struct Source {
    Source(const ResourceRun& run, std::string_view after, uint32_t rows)
        : run(&run), rows(rows), last(after) {}

    bool at_end() const { return next == lot.size(); }
    std::string_view id() const {
      const uint32_t begin = next == 0 ? 0 : lot[next - 1].end;
      return std::string_view(ids).substr(begin, lot[next].end - begin);
    }

    struct Object {
      uint32_t end : 31;  // of its id, in ids
      uint32_t sure : 1;
    };
    const ResourceRun* run;
    std::vector<Object> lot;
    std::string ids;  // of the lot, one after the other
    uint32_t next = 0;
    uint32_t lots = 0;  // read so far
    uint32_t rows = 0;  // of the lot after this one
    bool more = true;   // behind the lot
    std::string last;   // id of the last row that was read
  };
  // Where the next object of a source stands among the others.
  struct Head {
    uint64_t leading;
    uint32_t source;  // index; that of the found ones is kFound
  };
  static constexpr uint32_t kFound = UINT32_MAX;

  absl::Status Start();
  // Reads the next lot of a run, which has an object if there is one at all.
  absl::Status ReadLot(Source* source);
  absl::Status ReadRows(Source* source);
  absl::Status Take(std::string_view id, const storage::TupleValue& row,
                    Source* source);
  // Goes on to the next object of the least source.
  absl::Status Advance();
  void Sink(size_t at);
  std::string_view IdOf(const Head& head) const;
  bool Less(const Head& a, const Head& b) const {
    if (a.leading != b.leading) return a.leading < b.leading;
    return IdOf(a) < IdOf(b);
  }

  const Evaluation& evaluation_;
  const std::shared_ptr<const ResourceReach> reach_;
  CaveatEvaluator* const caveats_;
  LookupBudget budget_;
  Rows rows_;
  std::vector<Source> sources_;
  std::vector<Head> heads_;  // a heap, the least first
  std::string id_;           // of the object given last
  const bool began_at_start_;
  size_t next_found_ = 0;
  uint32_t first_lot_ = 0;  // rows
  uint32_t largest_lot_ = 0;
  bool started_ = false;
  absl::Status error_;  // met beyond the object given last
};

}  // namespace kith::engine
