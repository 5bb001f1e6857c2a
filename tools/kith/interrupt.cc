#include "tools/kith/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <thread>
#include <utility>

namespace kith::tool {
namespace {

int pipe_ends[2] = {-1, -1};

// All that a signal handler may do is write.
extern "C" void Tell(int) {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(pipe_ends[1], &byte, 1);
}

}  // namespace

void OnInterrupt(std::function<void()> stop) {
  if (::pipe(pipe_ends) != 0) return;  // interrupts then end the process
  std::thread([stop = std::move(stop)] {
    char byte = 0;
    while (::read(pipe_ends[0], &byte, 1) < 0) {
    }
    stop();
  }).detach();
  struct sigaction action = {};
  action.sa_handler = Tell;
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace kith::tool
