#include "support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace kith::support {
namespace {

constexpr std::chrono::seconds kStartTimeout(60);
constexpr std::chrono::milliseconds kPollInterval(2);

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Starts kithd with output appended to `log`.
pid_t Spawn(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment,
            const std::string& log) {
  std::vector<std::string> words = {KITH_BIN_DIR "/kithd"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int out = open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  for (const auto& [name, value] : environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  execv(argv[0], argv.data());
  _exit(127);
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProcessResult RunKithd(const std::vector<std::string>& arguments,
                       const std::map<std::string, std::string>& environment) {
  const TempDir dir;
  const std::string log = dir / "log";
  ProcessResult result;
  result.exit_code = WaitFor(Spawn(arguments, environment, log));
  result.output = ReadText(log);
  return result;
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) Kill();
}

void ServerProcess::Start(const std::vector<std::string>& flags) {
  const std::string ready = dir_ / "ready";
  std::filesystem::remove(ready);
  std::vector<std::string> arguments = {
      "serve",       "--data",       data_dir(), "--grpc-addr",
      "127.0.0.1:0", "--ready-file", ready};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  if (std::find(flags.begin(), flags.end(), "--insecure") == flags.end()) {
    arguments.insert(arguments.end(), {"--preshared-key", kKey});
  }
  pid_ = Spawn(arguments, {}, dir_ / "log");
  const auto give_up = std::chrono::steady_clock::now() + kStartTimeout;
  while (!std::filesystem::exists(ready)) {
    const bool ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended || std::chrono::steady_clock::now() > give_up) {
      if (!ended) Kill();
      pid_ = -1;
      throw std::runtime_error("kithd did not come up:\n" + Log());
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  addresses_.clear();
  std::istringstream lines(ReadText(ready));
  for (std::string line; std::getline(lines, line);) {
    addresses_.push_back(line);
  }
}

int ServerProcess::Stop() {
  Signal(SIGTERM);
  return Wait();
}

void ServerProcess::Kill() {
  Signal(SIGKILL);
  Wait();
}

void ServerProcess::Signal(int number) { kill(pid_, number); }

int ServerProcess::Wait() {
  const int code = WaitFor(pid_);
  pid_ = -1;
  return code;
}

std::string ServerProcess::Log() const { return ReadText(dir_ / "log"); }

}  // namespace kith::support
