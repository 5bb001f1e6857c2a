#include "kith_bench/figures.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace kith::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}};

double Micros(uint64_t nanos) { return static_cast<double>(nanos) / 1e3; }

double Per(double amount, uint64_t count) {
  return count == 0 ? 0 : amount / static_cast<double>(count);
}

double PerSecond(uint64_t count, double seconds) {
  return seconds == 0 ? 0 : static_cast<double>(count) / seconds;
}

Json LatencyJson(const Histogram& latency) {
  Json json;
  for (const auto& [name, fraction] : kPercentiles) {
    json[name] = Micros(latency.Percentile(fraction));
  }
  json["max"] = Micros(latency.max());
  json["mean"] = latency.Mean() / 1e3;
  return json;
}

Json ToJson(const std::string& name, const Figures& figures) {
  Json json;
  json["workload"] = name;
  json["operations"] = figures.operations;
  json["results"] = figures.results;
  json["seconds"] = figures.seconds;
  json["operations_per_second"] =
      PerSecond(figures.operations, figures.seconds);
  json["results_per_second"] = PerSecond(figures.results, figures.seconds);
  json["latency_us"] = LatencyJson(figures.latency);
  if (figures.first_result.count() > 0) {
    json["first_result_us"] = LatencyJson(figures.first_result);
  }
  if (figures.server_cpu_s) {
    json["server_cpu_us_per_operation"] =
        Per(*figures.server_cpu_s * 1e6, figures.operations);
    json["server_cpu_us_per_result"] =
        Per(*figures.server_cpu_s * 1e6, figures.results);
  }
  json["client_cpu_us_per_operation"] =
      Per(figures.client_cpu_s * 1e6, figures.operations);
  return json;
}

// Three significant digits are more than a measurement has.
std::string Short(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  if (value >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string Optional(const Histogram& latency) {
  return latency.count() == 0 ? "-" : Short(Micros(latency.Percentile(0.5)));
}

constexpr char kColumns[] =
    "{:<38} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>8}\n";

}  // namespace

std::string TableHead() {
  return fmt::format(kColumns, "workload", "ops/s", "results/s", "p50 us",
                     "p90", "p99", "p99.9", "max", "first", "srv cpu",
                     "cli cpu");
}

std::string TableLine(const std::string& name, const Figures& figures) {
  const Histogram& latency = figures.latency;
  return fmt::format(
      kColumns, name, Short(PerSecond(figures.operations, figures.seconds)),
      Short(PerSecond(figures.results, figures.seconds)),
      Short(Micros(latency.Percentile(0.5))),
      Short(Micros(latency.Percentile(0.9))),
      Short(Micros(latency.Percentile(0.99))),
      Short(Micros(latency.Percentile(0.999))), Short(Micros(latency.max())),
      Optional(figures.first_result),
      figures.server_cpu_s
          ? Short(Per(*figures.server_cpu_s * 1e6, figures.operations))
          : "-",
      Short(Per(figures.client_cpu_s * 1e6, figures.operations)));
}

std::string LoadLine(const LoadFigures& load) {
  std::string line =
      fmt::format("loaded {} relationships in {:.2f} s, {:.0f} a second",
                  load.relationships, load.seconds,
                  PerSecond(load.relationships, load.seconds));
  if (load.server_cpu_s) {
    line += fmt::format(", server cpu {:.2f} us each",
                        Per(*load.server_cpu_s * 1e6, load.relationships));
  }
  return line + "\n";
}

std::string ToJson(const Options& options,
                   const std::optional<LoadFigures>& load,
                   const std::vector<RunFigures>& runs) {
  Json json;
  json["endpoint"] = options.endpoint;
  json["scale"] = options.scale;
  json["seed"] = options.seed;
  if (load) {
    Json& object = json["load"];
    object["relationships"] = load->relationships;
    object["seconds"] = load->seconds;
    object["relationships_per_second"] =
        PerSecond(load->relationships, load->seconds);
    if (load->server_cpu_s) {
      object["server_cpu_us_per_relationship"] =
          Per(*load->server_cpu_s * 1e6, load->relationships);
    }
  }
  json["runs"] = Json::array();
  for (const RunFigures& run : runs) {
    Json object = ToJson(run.run.Name(), run.figures);
    object["outstanding"] = run.run.outstanding;
    if (run.writes) object["writes_beside"] = ToJson("write:1", *run.writes);
    json["runs"].push_back(std::move(object));
  }
  return json.dump(2) + "\n";
}

}  // namespace kith::bench
