#include "differential/peer_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace kith::differential {
namespace {

constexpr int kEndTimeoutMs = 10'000;
constexpr uint16_t kPorts = 100;

}  // namespace

PeerProcess::PeerProcess(std::string command, uint16_t first_port)
    : command_(std::move(command)), first_port_(first_port) {}

std::string PeerProcess::address() const {
  return "127.0.0.1:" + std::to_string(first_port_ + starts_ % kPorts);
}

PeerProcess::~PeerProcess() { Stop(); }

void PeerProcess::Stop() {
  if (pid_ <= 0) return;
  const int process =
      static_cast<int>(syscall(SYS_pidfd_open, std::exchange(pid_, 0), 0));
  if (process < 0) return;
  // Its port is free once it has ended. It is no child of ours.
  syscall(SYS_pidfd_send_signal, process, SIGKILL, nullptr, 0);
  pollfd end{process, POLLIN, 0};
  poll(&end, 1, kEndTimeoutMs);
  close(process);
}

bool PeerProcess::Start() {
  Stop();
  ++starts_;
  FILE* const out =
      popen(("'" + command_ + "' " + address() + " 2>/dev/null").c_str(), "r");
  if (out == nullptr) return false;
  std::array<char, 512> line{};
  while (fgets(line.data(), line.size(), out) != nullptr) {
    const std::string text = line.data();
    const size_t at = text.find("pid=");
    if (text.starts_with("READY") && at != std::string::npos) {
      pid_ = std::atoi(text.c_str() + at + 4);
    }
  }
  pclose(out);
  return pid_ > 0;
}

}  // namespace kith::differential
