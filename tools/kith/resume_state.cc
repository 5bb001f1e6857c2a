#include "tools/kith/resume_state.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"

namespace kith::tool {
namespace {

constexpr int kFormat = 1;
constexpr unsigned kMode = 0644;

}  // namespace

absl::StatusOr<ResumeState> ResumeState::Open(std::string path,
                                              std::string_view source) {
  ResumeState state(std::move(path), source);
  if (state.path_.empty() || !std::filesystem::exists(state.path_)) {
    return state;
  }
  std::ifstream file(state.path_, std::ios::binary);
  const auto json = nlohmann::json::parse(std::istreambuf_iterator<char>(file),
                                          {}, nullptr, false);
  if (!json.is_object() || json.value("format", 0) != kFormat ||
      !json.contains("loaded") || !json["loaded"].is_number_unsigned()) {
    return UsageError(
        fmt::format("--resume: \"{}\" is no state of a load", state.path_));
  }
  if (json.value("source", "") != state.source_) {
    return UsageError(fmt::format(
        "--resume: \"{}\" is of another load ({}); remove it to start anew",
        state.path_, json.value("source", "")));
  }
  state.loaded_ = json["loaded"];
  return state;
}

absl::Status ResumeState::Save(uint64_t loaded) {
  if (path_.empty()) return absl::OkStatus();
  const nlohmann::ordered_json json = {
      {"format", kFormat}, {"source", source_}, {"loaded", loaded}};
  return ReplaceFile(path_, json.dump() + "\n", kMode);
}

absl::Status ResumeState::Done() {
  if (path_.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::remove(path_, error);
  if (error) return CannotWrite(path_, error.message());
  return absl::OkStatus();
}

}  // namespace kith::tool
