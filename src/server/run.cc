#include "server/run.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/command_line.h"
#include "server/logger.h"
#include "server/server.h"
#include "server/stop_signal.h"

namespace kith::server {
namespace {

constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

// One address a line. Appears complete or not at all: who waits for the file
// may read it at once.
absl::Status WriteReadyFile(const std::string& path,
                            const std::vector<std::string>& addresses) {
  if (path.empty()) return absl::OkStatus();
  const std::string unfinished = path + ".part";
  {
    std::ofstream file(unfinished, std::ios::trunc);
    for (const std::string& address : addresses) file << address << '\n';
    file.flush();
    if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
      return absl::UnavailableError(
          fmt::format("ready-file: cannot write \"{}\"", path));
    }
  }
  return absl::OkStatus();
}

int Fail(Logger* logger, const absl::Status& status) {
  logger->Log(LogLevel::kError, "cannot serve",
              {{"code", absl::StatusCodeToString(status.code())},
               {"error", std::string(status.message())}});
  return kFailed;
}

int Serve(const Settings& settings, const std::string& version) {
  Logger logger(settings.log_format, settings.log_level);
  StopSignal::Install();
  auto server = Server::Start(settings, version, &logger);
  if (!server.ok()) return Fail(&logger, server.status());
  const absl::Status ready =
      WriteReadyFile(settings.ready_file, (*server)->addresses());
  if (!ready.ok()) return Fail(&logger, ready);
  StopSignal::Wait();
  logger.Log(LogLevel::kInfo, "draining",
             {{"timeout", absl::FormatDuration(settings.drain_timeout)}});
  (*server)->ReportDraining();
  absl::SleepFor(settings.drain_delay);
  (*server)->Stop();
  logger.Log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace

int Run(int argc, char** argv, const std::string& version) {
  // The packaged Abseil looks for deadlocks at each lock that gRPC takes: a
  // tenth of what a call costs.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const CommandLine command_line = ParseCommandLine(argc, argv, version);
  if (command_line.message) {
    std::fputs(command_line.message->c_str(),
               command_line.exit_code == 0 ? stdout : stderr);
    return command_line.exit_code == 0 ? 0 : kBadSettings;
  }
  const auto settings = LoadSettings(command_line, ProcessEnvironment);
  if (!settings.ok()) {
    fmt::print(stderr, "kithd: {}\n", std::string(settings.status().message()));
    return kBadSettings;
  }
  return Serve(*settings, version);
}

}  // namespace kith::server
