#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kith_bench/call.h"
#include "kith_bench/options.h"
#include "kith_bench/server.h"

namespace kith::bench {

// What a call is made with; workload and server outlive it.
struct Setting {
  const Run& run;
  const Workload* workload;
  Server* server;
  uint64_t seed;
  size_t number;  // of the call, from 0
  bool verify;
};

// One for each operation.
std::unique_ptr<Call> MakeCheckCall(const Setting& setting);
std::unique_ptr<Call> MakeBulkCall(const Setting& setting);
std::unique_ptr<Call> MakeLookupResourcesCall(const Setting& setting);
std::unique_ptr<Call> MakeLookupSubjectsCall(const Setting& setting);
std::unique_ptr<Call> MakeWriteCall(const Setting& setting);
std::unique_ptr<Call> MakeImportCall(const Setting& setting);

}  // namespace kith::bench
