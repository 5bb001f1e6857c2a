#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kith::tool {

// How far a load came, in a small file, so that the next run goes on there.
// Not thread-safe.
class ResumeState {
 public:
  // Reads the file at `path`, which need not exist; an empty path keeps
  // nothing. `source` names what is loaded and how: a usage error when the file
  // is of something else.
  static absl::StatusOr<ResumeState> Open(std::string path,
                                          std::string_view source);

  // Relationships loaded by earlier runs.
  uint64_t loaded() const { return loaded_; }
  // Durable when it returns.
  absl::Status Save(uint64_t loaded);
  // Everything is loaded: removes the file.
  absl::Status Done();

 private:
  ResumeState(std::string path, std::string_view source)
      : path_(std::move(path)), source_(source) {}

  std::string path_;
  std::string source_;
  uint64_t loaded_ = 0;
};

}  // namespace kith::tool
