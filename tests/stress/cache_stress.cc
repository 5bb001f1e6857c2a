#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "stress/round.h"

// Threads that ask while others write, over caches of all sizes; each answer is
// compared with the oracle. Runs for as long as asked, or a number of rounds;
// prints what is wrong with the seed of its round, which may need several runs
// to be seen again, and exits with 1.
int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  uint64_t seed =
      static_cast<uint64_t>(Clock::now().time_since_epoch().count());
  double seconds = 0;
  uint64_t rounds = 20;
  CLI::App app{"asks while others write, and compares with the oracle"};
  app.add_option("--seed", seed, "of the first round; then seed+1, ...");
  app.add_option("--seconds", seconds, "run so long, whatever --rounds");
  app.add_option("--rounds", rounds, "how many rounds");
  CLI11_PARSE(app, argc, argv);

  fmt::print("seed {}\n", seed);
  const auto begin = Clock::now();
  kith::stress::Tally tally;
  for (uint64_t i = 0;; ++i) {
    const std::chrono::duration<double> passed = Clock::now() - begin;
    if (seconds > 0 ? passed.count() >= seconds : i == rounds) break;
    if (const auto wrong = kith::stress::RunRound(seed + i, &tally)) {
      fmt::print("WRONG {}\n{}\n", *wrong, tally.ToString());
      return 1;
    }
    if ((i + 1) % 100 == 0) {
      fmt::print("{}\n", tally.ToString());
      std::fflush(stdout);
    }
  }
  fmt::print("{}\n", tally.ToString());
  return 0;
}
