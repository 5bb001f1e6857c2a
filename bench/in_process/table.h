#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "in_process/measure.h"

namespace kith::bench {

// The figures of a run, as a Markdown table. A row is printed at once, so that
// a long run shows how far it is.
class Table {
 public:
  // Prints the head.
  Table();

  struct Row {
    std::string figure;
    std::string value;
    std::string mean;    // empty: none
    std::string p99;     // empty: none
    std::string target;  // empty: none, and then `met` is absent
    std::optional<bool> met;
  };
  void Add(const Row& row);

  // A cost against a limit of its median, in nanoseconds; 0: no limit.
  void AddCost(std::string_view figure, const Cost& cost, double limit_ns = 0);

  // Rows with a target that is not met.
  int missed() const { return missed_; }

 private:
  int missed_ = 0;
};

// 1.23 us, 45.6 ms: three digits and a unit.
std::string TimeText(double ns);
// 12.3 MB.
std::string BytesText(double bytes);
// 1,234,567.
std::string CountText(double count);

}  // namespace kith::bench
