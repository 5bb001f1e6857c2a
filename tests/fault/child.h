#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "fault/writer.h"

namespace kith::fault {

// A process of this program that runs RunWriter, seen through the pipe that is
// its standard output. Killed with the object at the latest. One thread.
class Child {
 public:
  // `arguments` are those of the program, without its name.
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Collects what arrives until `deadline`, until `count` acknowledgements are
  // there, or until the child is gone.
  void Collect(std::chrono::steady_clock::time_point deadline, size_t count);
  // SIGKILL, then collects what is still in the pipe. False when the child had
  // ended otherwise, by itself.
  bool Kill();

  const std::vector<Acknowledgement>& acknowledged() const {
    return acknowledged_;
  }
  // Since the last call.
  std::string TakeLines() { return std::exchange(new_lines_, {}); }

 private:
  // False at the end of the pipe.
  bool ReadSome();

  pid_t pid_ = -1;
  int pipe_ = -1;
  bool ended_ = false;
  std::string rest_;  // of a line not complete yet
  std::string new_lines_;
  std::vector<Acknowledgement> acknowledged_;
};

}  // namespace kith::fault
