#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "tools/kith/interrupt.h"
#include "tools/kith/terminal.h"
#include "tools/kith/tool.h"

int main(int argc, char** argv) {
  // A reader that went away shows as a failed write, not as a signal.
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  const kith::tool::Environment environment = kith::tool::ProcessEnvironment();
  kith::tool::Terminal terminal{std::cin, std::cout, std::cerr};
  terminal.in_is_terminal = ::isatty(STDIN_FILENO) != 0;
  terminal.out_is_terminal = ::isatty(STDOUT_FILENO) != 0;
  terminal.err_is_terminal = ::isatty(STDERR_FILENO) != 0;
  terminal.unicode = kith::tool::IsUnicodeLocale(environment);
  terminal.reader_left = [] {
    pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
  };
  terminal.on_interrupt = kith::tool::OnInterrupt;
  return kith::tool::RunTool(std::vector<std::string>(argv + 1, argv + argc),
                             terminal, environment);
}
