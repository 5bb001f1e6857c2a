#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/core.pb.h"
#include "bench/rpc_cost/question.h"

namespace kith::bench {

struct LoadOptions {
  std::shared_ptr<grpc::Channel> channel;
  std::string key;                  // empty: none is sent
  std::vector<Question> questions;  // asked in turn; not empty
  bool fully_consistent = false;    // else minimize_latency
};

// What was measured from the client's side.
struct Measured {
  uint64_t answers = 0;
  std::vector<double> latencies_us;  // of each call, sorted
};

// Asks something again and again. A call that fails ends the program.
class Load {
 public:
  virtual ~Load() = default;
  // Returns when `calls` calls are done.
  virtual Measured Run(int calls) = 0;
};

// Keeps `outstanding` calls on their way: CheckPermission, or
// CheckBulkPermissions of `bulk` questions when that is not 0.
std::unique_ptr<Load> NewCheckLoad(const LoadOptions& options, int outstanding,
                                   int bulk);
// One call after the other of LookupResources ("resources"), LookupSubjects
// ("subjects"), ReadRelationships of the resource type ("relationships") or
// ExportBulkRelationships ("export"), each read to its end as bytes. Null:
// `what` is none of these.
std::unique_ptr<Load> NewStreamLoad(const LoadOptions& options,
                                    const std::string& what);

// For the loads: the end of the program for a call that failed.
void CheckOk(const grpc::Status& status);

}  // namespace kith::bench
