#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace kith::support {

// What a program that ended left behind.
struct ProcessResult {
  int exit_code = -1;  // 128 + N when signal N ended it
  std::string output;  // standard output and error
};

// Runs the built kithd with `arguments` to its end.
ProcessResult RunKithd(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment = {});

// A real kithd in a process of its own, on a free loopback port, with a
// database in a directory that lives as long as this. Killed on destruction.
class ServerProcess {
 public:
  // The key that the server is started with unless the flags say --insecure.
  static constexpr char kKey[] = "integration-key";

  ServerProcess() = default;
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts it and waits until it serves. Also after Stop() or Kill(), on the
  // same data. Throws std::runtime_error, with the log, if it does not come up.
  void Start(const std::vector<std::string>& flags = {});

  // SIGTERM, then waits; the exit code.
  int Stop();
  // SIGKILL, then waits.
  void Kill();
  void Signal(int number);
  // Waits for the end; the exit code.
  int Wait();

  // "127.0.0.1:PORT" of the last start, and what else it listens on.
  const std::string& address() const { return addresses_.front(); }
  const std::vector<std::string>& addresses() const { return addresses_; }
  pid_t pid() const { return pid_; }
  const TempDir& dir() const { return dir_; }
  std::string data_dir() const { return dir_ / "data"; }
  // All that it has written so far, over all starts.
  std::string Log() const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  std::vector<std::string> addresses_;
};

}  // namespace kith::support
