#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tools/kith/output.h"

namespace kith::tool {

// How far a long command is, on standard error: a bar that is redrawn on a
// terminal, a plain line every few seconds otherwise, nothing under --json.
class Progress {
 public:
  // `what` is counted, e.g. "relationships"; `total` absent: not known.
  Progress(Output& output, std::string_view what,
           std::optional<uint64_t> total);

  void Update(uint64_t count);
  // Clears the bar. What follows on standard error begins a new line.
  void Finish();

  absl::Duration elapsed() const;

  // The bar without control characters, `width` cells wide.
  static std::string Draw(std::string_view what, uint64_t count,
                          std::optional<uint64_t> total, absl::Duration elapsed,
                          int width);

 private:
  Output& output_;
  const std::string what_;
  const std::optional<uint64_t> total_;
  const absl::Time start_;
  absl::Time last_;
  bool drawn_ = false;
};

// "12,345".
std::string Grouped(uint64_t number);

}  // namespace kith::tool
