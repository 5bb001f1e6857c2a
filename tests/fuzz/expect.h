#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "absl/status/status.h"

// What fuzz targets share: their way to say that a rule is broken, and bytes as
// text. A broken rule ends the process, which is how libFuzzer learns of it.

namespace kith::fuzz {

inline void Expect(bool holds, std::string_view rule,
                   std::string_view detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "BROKEN RULE: %.*s\n%.*s\n",
               static_cast<int>(rule.size()), rule.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

inline void ExpectOk(const absl::Status& status, std::string_view rule) {
  Expect(status.ok(), rule, status.ToString());
}

// An error of the caller's making, with a text that says what it is.
inline void ExpectRefusal(const absl::Status& status) {
  Expect(status.code() == absl::StatusCode::kInvalidArgument ||
             status.code() == absl::StatusCode::kFailedPrecondition,
         "bad input is refused as INVALID_ARGUMENT or FAILED_PRECONDITION",
         status.ToString());
  Expect(!status.message().empty(), "a refusal says why");
}

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace kith::fuzz
