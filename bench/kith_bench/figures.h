#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith_bench/histogram.h"
#include "kith_bench/options.h"

namespace kith::bench {

// What was measured of operations of one kind.
struct Figures {
  uint64_t operations = 0;
  uint64_t results = 0;
  double seconds = 0;
  Histogram latency;
  Histogram first_result;              // of operations that stream and had one
  std::optional<double> server_cpu_s;  // absent: no process was named
  double client_cpu_s = 0;
};

// A finished run, with the writes that went on beside it, if any.
struct RunFigures {
  Run run;
  Figures figures;
  std::optional<Figures> writes;
};

struct LoadFigures {
  uint64_t relationships = 0;
  double seconds = 0;
  std::optional<double> server_cpu_s;
};

// Lines for people: the head of the table, and one run.
std::string TableHead();
std::string TableLine(const std::string& name, const Figures& figures);
std::string LoadLine(const LoadFigures& load);

// One object for programs; README.md has its fields.
std::string ToJson(const Options& options,
                   const std::optional<LoadFigures>& load,
                   const std::vector<RunFigures>& runs);

}  // namespace kith::bench
