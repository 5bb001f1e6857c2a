#include "tools/kith/validation/question.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/value_json.h"

namespace kith::tool {
namespace {

// Where " with " begins outside of quotes; npos when it does not occur.
size_t FindWith(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text.substr(i).starts_with(" with ")) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

absl::StatusOr<Question> ParseQuestion(std::string_view text) {
  Question question;
  std::string_view reference = text;
  if (const size_t with = FindWith(text); with != std::string_view::npos) {
    reference = text.substr(0, with);
    KITH_ASSIGN_OR_RETURN(
        question.context,
        StructFromJson(Trim(text.substr(with + sizeof(" with ") - 1))));
  }
  KITH_ASSIGN_OR_RETURN(Relationship parsed,
                        Relationship::Parse(Trim(reference)));
  if (parsed.caveat.has_value() || parsed.expires_at.has_value()) {
    return InvalidArgument(fmt::format(
        "\"{}\" is a relationship with a caveat or expiry, expected "
        "resource#permission@subject",
        text));
  }
  question.resource = std::move(parsed.resource);
  question.permission = std::move(parsed.relation);
  question.subject = std::move(parsed.subject);
  return question;
}

}  // namespace kith::tool
