#include "tools/kith/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "absl/time/clock.h"

namespace kith::tool {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr absl::Duration kPlainLine = absl::Seconds(5);
constexpr int kBarWidth = 24;

}  // namespace

Progress::Progress(Output& output, std::string_view what,
                   std::optional<uint64_t> total)
    : output_(output),
      what_(what),
      total_(total),
      start_(absl::Now()),
      last_(start_) {}

void Progress::Update(uint64_t count) {
  if (output_.json) return;
  const bool bar = output_.terminal().err_is_terminal;
  const absl::Time now = absl::Now();
  if (now - last_ < (bar ? kRedraw : kPlainLine)) return;
  last_ = now;
  const std::string text =
      Draw(what_, count, total_, now - start_, bar ? kBarWidth : 0);
  std::ostream& err = output_.terminal().err;
  if (bar) {
    err << "\r" << text << "\x1b[K" << std::flush;
    drawn_ = true;
  } else {
    err << text << std::endl;
  }
}

void Progress::Finish() {
  if (drawn_) output_.terminal().err << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

absl::Duration Progress::elapsed() const { return absl::Now() - start_; }

std::string Progress::Draw(std::string_view what, uint64_t count,
                           std::optional<uint64_t> total,
                           absl::Duration elapsed, int width) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  const auto rate = static_cast<uint64_t>(static_cast<double>(count) / seconds);
  std::string text;
  if (width > 0 && total.has_value() && *total > 0) {
    const double part =
        std::min(1.0, static_cast<double>(count) / static_cast<double>(*total));
    const int filled = static_cast<int>(part * width);
    text = fmt::format("[{}{}] {:3.0f}%  ", std::string(filled, '#'),
                       std::string(width - filled, '.'), part * 100);
  }
  text += Grouped(count);
  if (total.has_value()) text += " of " + Grouped(*total);
  return text +
         fmt::format(" {}, {}/s, {:.1f} s", what, Grouped(rate), seconds);
}

std::string Grouped(uint64_t number) {
  std::string text = fmt::to_string(number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace kith::tool
