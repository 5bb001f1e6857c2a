#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace kith::differential {

// A server of this API that a command starts in the background: called with
// an address, it prints "READY ... pid=N" and ends. Killed on destruction.
// Each start is at the next port: the last one may still be in use.
class PeerProcess {
 public:
  PeerProcess(std::string command, uint16_t first_port);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // Kills the one that was started before. False: it did not come up.
  bool Start();

  // Of the last start.
  std::string address() const;

 private:
  void Stop();

  const std::string command_;
  const uint16_t first_port_;
  uint16_t starts_ = 0;
  pid_t pid_ = 0;
};

}  // namespace kith::differential
