#include "differential/peer_process.h"

#include <signal.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace kith::differential {

PeerProcess::PeerProcess(std::string command, std::string address)
    : command_(std::move(command)), address_(std::move(address)) {}

PeerProcess::~PeerProcess() { Stop(); }

void PeerProcess::Stop() {
  if (pid_ > 0) kill(pid_, SIGKILL);
  pid_ = 0;
}

bool PeerProcess::Start() {
  Stop();
  FILE* const out =
      popen(("'" + command_ + "' " + address_ + " 2>/dev/null").c_str(), "r");
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
