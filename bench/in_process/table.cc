#include "in_process/table.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace kith::bench {
namespace {

// Three significant digits.
std::string Digits(double value) {
  int before = value < 1 ? 1 : static_cast<int>(std::log10(value)) + 1;
  return fmt::format("{:.{}f}", value, before >= 3 ? 0 : 3 - before);
}

}  // namespace

std::string TimeText(double ns) {
  if (ns < 1e3) return Digits(ns) + " ns";
  if (ns < 1e6) return Digits(ns / 1e3) + " us";
  if (ns < 1e9) return Digits(ns / 1e6) + " ms";
  return Digits(ns / 1e9) + " s";
}

std::string BytesText(double bytes) {
  if (bytes < 1e3) return Digits(bytes) + " B";
  if (bytes < 1e6) return Digits(bytes / 1e3) + " kB";
  if (bytes < 1e9) return Digits(bytes / 1e6) + " MB";
  return Digits(bytes / 1e9) + " GB";
}

std::string CountText(double count) {
  std::string digits = fmt::format("{:.0f}", count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

Table::Table() {
  fmt::print(
      "| figure | value | mean | p99 | target | met |\n"
      "|---|---|---|---|---|---|\n");
  std::fflush(stdout);
}

void Table::Add(const Row& row) {
  if (row.met == false) ++missed_;
  fmt::print("| {} | {} | {} | {} | {} | {} |\n", row.figure, row.value,
             row.mean, row.p99, row.target,
             !row.met   ? ""
             : *row.met ? "yes"
                        : "**no**");
  std::fflush(stdout);
}

void Table::AddCost(std::string_view figure, const Cost& cost,
                    double limit_ns) {
  Row row{.figure = std::string(figure),
          .value = TimeText(cost.median_ns),
          .mean = TimeText(cost.mean_ns),
          .p99 = TimeText(cost.p99_ns)};
  if (limit_ns > 0) {
    row.target = "< " + TimeText(limit_ns);
    row.met = cost.median_ns < limit_ns;
  }
  Add(row);
}

}  // namespace kith::bench
