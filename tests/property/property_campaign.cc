#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "property/comparison.h"

// Compares as many random models as asked for with the oracle; prints each
// mismatch with its seed and a shrunk reproduction. Exit code 1 on mismatch.
int main(int argc, char** argv) {
  uint64_t seed = static_cast<uint64_t>(
      std::chrono::system_clock::now().time_since_epoch().count());
  uint64_t models = 10'000;
  uint64_t max_mismatches = 10;
  CLI::App app{"compares random models with the oracle"};
  app.add_option("--seed", seed, "seed of the first model; then seed+1, ...");
  app.add_option("--models", models, "how many models");
  app.add_option("--max-mismatches", max_mismatches, "stop after that many");
  CLI11_PARSE(app, argc, argv);

  fmt::print("seed {} models {}\n", seed, models);
  kith::property::Tally tally;
  uint64_t mismatches = 0;
  for (uint64_t i = 0; i < models && mismatches < max_mismatches; ++i) {
    if (const auto mismatch = kith::property::RunSeed(seed + i, &tally)) {
      ++mismatches;
      fmt::print("MISMATCH {}\n", *mismatch);
    }
    if ((i + 1) % 1000 == 0) {
      fmt::print("{} mismatches={}\n", tally.ToString(), mismatches);
      std::fflush(stdout);
    }
  }
  fmt::print("{} mismatches={}\n", tally.ToString(), mismatches);
  return mismatches == 0 ? 0 : 1;
}
