#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace kith::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Writes one line of logfmt or JSON for each event to standard error: time,
// level, message, then the fields in the order given. Fields never hold keys,
// ids or contents of requests; the database's warnings (Options::warn) may name
// the check that they are about. Thread-safe.
class Logger {
 public:
  using Fields =
      std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // `format` is "logfmt" or "json"; `level` one of debug, info, warning, error.
  Logger(std::string_view format, std::string_view level);
  ~Logger();

  bool IsOn(LogLevel level) const;
  void Log(LogLevel level, std::string_view message, Fields fields = {});

 private:
  const bool json_;
  std::shared_ptr<spdlog::logger> out_;
};

// A line without its time, as `Logger` writes it; without the final newline.
std::string FormatLine(bool json, std::string_view time, LogLevel level,
                       std::string_view message, Logger::Fields fields);

}  // namespace kith::server
