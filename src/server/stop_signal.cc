#include "server/stop_signal.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace kith::server {
namespace {

// Written by the handler, read by Wait(): all that a handler may safely do.
int pipe_ends[2];
std::atomic<int> signals_seen{0};

void OnSignal(int number) {
  if (signals_seen.fetch_add(1) > 0) _exit(128 + number);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = write(pipe_ends[1], &byte, 1);
}

}  // namespace

void StopSignal::Install() {
  if (pipe(pipe_ends) != 0) std::abort();  // Nothing could stop the server.
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void StopSignal::Wait() {
  char byte = 0;
  while (read(pipe_ends[0], &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace kith::server
