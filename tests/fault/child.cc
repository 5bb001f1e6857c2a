#include "fault/child.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>

namespace kith::fault {
namespace {

[[noreturn]] void Broken(const char* what) {
  perror(what);
  exit(2);
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe(ends) != 0) Broken("pipe");
  std::vector<std::string> owned = {"kill_loop"};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) Broken("fork");
  if (pid_ == 0) {
    // Only calls that are safe after a fork of a program with threads.
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv("/proc/self/exe", argv.data());
    _exit(5);
  }
  close(ends[1]);
  pipe_ = ends[0];
}

Child::~Child() {
  if (pid_ > 0) Kill();
  close(pipe_);
}

bool Child::ReadSome() {
  char buffer[65536];
  const ssize_t size = read(pipe_, buffer, sizeof(buffer));
  if (size < 0) Broken("read");
  if (size == 0) return false;
  rest_.append(buffer, static_cast<size_t>(size));
  size_t begin = 0;
  for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    Acknowledgement acknowledgement;
    const std::string line = rest_.substr(begin, end - begin);
    if (!FromLine(line, &acknowledgement)) {
      fmt::print(stderr, "unexpected output of the writer: {}\n", line);
      exit(2);
    }
    acknowledged_.push_back(std::move(acknowledgement));
  }
  new_lines_ += rest_.substr(0, begin);
  rest_.erase(0, begin);
  return true;
}

void Child::Collect(std::chrono::steady_clock::time_point deadline,
                    size_t count) {
  while (!ended_ && acknowledged_.size() < count) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    pollfd waiting{pipe_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left.count())) < 0) Broken("poll");
    if (waiting.revents != 0) ended_ = !ReadSome();
  }
}

bool Child::Kill() {
  kill(pid_, SIGKILL);
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) Broken("waitpid");
  pid_ = -1;
  // What the dead process had acknowledged is still in the pipe.
  while (ReadSome()) {
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace kith::fault
