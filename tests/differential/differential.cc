#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "differential/comparer.h"
#include "differential/peer_process.h"
#include "support/server_process.h"

namespace {

using kith::differential::Comparer;
using kith::differential::Endpoint;
using kith::differential::PeerProcess;
using kith::differential::Report;

uint64_t NewSeed() {
  return static_cast<uint64_t>(
      std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace

// Compares a kithd of its own with another server of this API, whose data it
// replaces. Exit code 1 when they differ in what nothing explains.
int main(int argc, char** argv) {
  std::string peer_address;
  std::string start;
  uint16_t first_port = 50'700;
  std::string key;
  uint64_t models = 100;
  uint64_t seed = NewSeed();
  size_t questions = 8;
  uint64_t max_differences = 10;
  uint64_t timeout_ms = 5000;
  CLI::App app{"compares kithd with another server of this API"};
  auto* const peer_option =
      app.add_option("--peer", peer_address, "HOST:PORT; loses all it has");
  auto* const start_option = app.add_option(
      "--start", start,
      "command that starts a peer, now and whenever it does not answer; it is "
      "given HOST:PORT and prints \"READY ... pid=N\"");
  peer_option->excludes(start_option);
  app.add_option("--first-port", first_port, "of peers that are started");
  app.add_option("--key", key, "preshared key of the peer");
  app.add_option("--models", models, "how many random models");
  app.add_option("--seed", seed, "of the first model; then seed+1, ...");
  app.add_option("--questions", questions, "about each subject of a model");
  app.add_option("--max-differences", max_differences, "stop after that many");
  app.add_option("--timeout-ms", timeout_ms, "for each call of the peer");
  CLI11_PARSE(app, argc, argv);
  if (peer_address.empty() && start.empty()) {
    fmt::print(stderr, "differential: --peer or --start is required\n");
    return 2;
  }

  kith::support::ServerProcess server;
  server.Start();
  Endpoint ours(server.address(), kith::support::ServerProcess::kKey,
                std::chrono::seconds(30));
  PeerProcess process(start, first_port);
  Endpoint peer(peer_address, key, std::chrono::milliseconds(timeout_ms));
  Report report;
  const auto recover = [&] {
    if (start.empty()) return true;
    if (!process.Start()) return false;
    peer.Connect(process.address());
    return true;
  };
  if (!recover()) {
    fmt::print(stderr, "the peer cannot be started: {}\n", start);
    return 2;
  }
  Comparer comparer(&ours, &peer, recover, questions, &report);
  fmt::print("seed {} models {}\n", seed, models);
  comparer.CompareMalformed();
  for (uint64_t i = 0; i < models && report.differences < max_differences;
       ++i) {
    comparer.CompareModel(seed + i);
    if (report.models % 50 == 0) {
      fmt::print("# models {}, answers {}, differences {}\n", report.models,
                 report.answers(), report.differences);
    }
    std::fflush(stdout);
  }
  fmt::print("{}", report.ToString());
  return report.differences == 0 ? 0 : 1;
}
