#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kith/values.h"

namespace kith::tool {

// Something to ask: has the subject the permission on the resource?
struct Question {
  ObjectRef resource;
  std::string permission;
  SubjectRef subject;
  Struct context;
};

// `resource#permission@subject`, with ` with {json}` behind it when there is
// context. INVALID_ARGUMENT names what is wrong.
absl::StatusOr<Question> ParseQuestion(std::string_view text);

}  // namespace kith::tool
