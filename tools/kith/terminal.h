#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace kith::tool {

// What the tool talks to: the process's own streams, or a test's strings.
// Not synchronised; one thread writes.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // The locale shows box-drawing characters.
  bool unicode = false;
  // Whether whoever read `out` went away (`kith ... | head`); absent: never.
  std::function<bool()> reader_left;
  // Has a function called, on any thread, when the user interrupts; absent:
  // interrupts end the process. Used once.
  std::function<void(std::function<void()>)> on_interrupt;
};

// An environment variable; nullopt when it is not set or empty.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

Environment ProcessEnvironment();

// Whether LC_ALL, LC_CTYPE or LANG (the first that is set) names UTF-8.
bool IsUnicodeLocale(const Environment& environment);

}  // namespace kith::tool
