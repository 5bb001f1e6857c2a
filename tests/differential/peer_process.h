#pragma once

#include <sys/types.h>

#include <string>

namespace kith::differential {

// A server of this API that a command starts in the background: called with
// an address, it prints "READY ... pid=N" and ends. Killed on destruction.
class PeerProcess {
 public:
  PeerProcess(std::string command, std::string address);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // Kills the one that was started before. False: it did not come up.
  bool Start();

  const std::string& address() const { return address_; }

 private:
  void Stop();

  const std::string command_;
  const std::string address_;
  pid_t pid_ = 0;
};

}  // namespace kith::differential
