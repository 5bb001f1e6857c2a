#include "server/logger.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/json_text.h"

namespace kith::server {
namespace {

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() ||
         text.find_first_of(" \"=\\\n\r\t") != std::string_view::npos;
}

void AppendField(bool json, std::string_view key, std::string_view value,
                 std::string* out) {
  if (json) {
    out->push_back(out->empty() ? '{' : ',');
    AppendJsonString(out, key);
    out->push_back(':');
    AppendJsonString(out, value);
    return;
  }
  if (!out->empty()) out->push_back(' ');
  out->append(key).push_back('=');
  if (NeedsQuotes(value)) {
    AppendJsonString(out, value);  // logfmt quotes alike
  } else {
    out->append(value);
  }
}

}  // namespace

std::string FormatLine(bool json, std::string_view time, LogLevel level,
                       std::string_view message, Logger::Fields fields) {
  std::string line;
  AppendField(json, "time", time, &line);
  AppendField(json, "level", Name(level), &line);
  AppendField(json, "msg", message, &line);
  for (const auto& [key, value] : fields) AppendField(json, key, value, &line);
  if (json) line.push_back('}');
  return line;
}

Logger::Logger(std::string_view format, std::string_view level)
    : json_(format == "json"),
      out_(std::make_shared<spdlog::logger>(
          "kithd", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  out_->set_pattern("%v");
  out_->set_level(spdlog::level::from_str(std::string(level)));
  out_->flush_on(spdlog::level::debug);
}

Logger::~Logger() = default;

bool Logger::IsOn(LogLevel level) const {
  return out_->should_log(ToSpdlog(level));
}

void Logger::Log(LogLevel level, std::string_view message, Fields fields) {
  if (!IsOn(level)) return;
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(),
                                            absl::UTCTimeZone());
  out_->log(ToSpdlog(level), spdlog::string_view_t(FormatLine(
                                 json_, time, level, message, fields)));
}

}  // namespace kith::server
