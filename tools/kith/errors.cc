#include "tools/kith/errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "kith/errors.h"

namespace kith::tool {
namespace {

// Errors of the tool itself carry their exit code as a payload.
constexpr char kExitCodePayload[] = "kith.tool/exit_code";

absl::Status ToolError(absl::StatusCode code, ExitCode exit_code,
                       std::string_view message) {
  absl::Status status(code, std::string(message));
  status.SetPayload(kExitCodePayload,
                    absl::Cord(fmt::to_string(static_cast<int>(exit_code))));
  return status;
}

// How many columns of a hint a person is ready to read.
constexpr size_t kMaxMetadataBytes = 200;

}  // namespace

absl::Status UsageError(std::string_view message) {
  return ToolError(absl::StatusCode::kInvalidArgument, kExitUsage, message);
}

absl::Status CannotRead(std::string_view path, std::string_view why) {
  return ToolError(absl::StatusCode::kNotFound, kExitNoInput,
                   fmt::format("cannot read \"{}\": {}", path, why));
}

absl::Status DamagedFile(std::string_view path, std::string_view why) {
  return ToolError(absl::StatusCode::kDataLoss, kExitRefused,
                   fmt::format("{}: {}", path, why));
}

absl::Status CannotWrite(std::string_view path, std::string_view why) {
  return ToolError(absl::StatusCode::kFailedPrecondition, kExitCannotWrite,
                   fmt::format("cannot write \"{}\": {}", path, why));
}

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  if (const auto payload = status.GetPayload(kExitCodePayload)) {
    int code = 0;
    if (absl::SimpleAtoi(std::string(*payload), &code)) return code;
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return kExitUnavailable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitDenied;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
      return kExitInternal;
    default:
      return kExitRefused;
  }
}

int ReportError(const absl::Status& status, Output& output) {
  const ErrorInfo info = GetErrorInfo(status).value_or(ErrorInfo{});
  std::ostream& err = output.terminal().err;
  if (output.json) {
    Json json = {{"code", absl::StatusCodeToString(status.code())},
                 {"reason", ErrorReasonName(info.reason)},
                 {"message", std::string(status.message())},
                 {"metadata", Json::object()}};
    for (const auto& [key, value] : info.metadata) {
      json["metadata"][key] = value;
    }
    err << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    return ExitCodeOf(status);
  }
  err << "kith: "
      << std::string_view(status.message().data(), status.message().size())
      << '\n';
  if (info.reason != ErrorReason::kUnspecified) {
    err << "  " << ErrorReasonName(info.reason) << '\n';
    for (const auto& [key, value] : info.metadata) {
      if (value.size() > kMaxMetadataBytes) continue;
      err << "  " << key << ": " << value << '\n';
    }
  }
  return ExitCodeOf(status);
}

}  // namespace kith::tool
