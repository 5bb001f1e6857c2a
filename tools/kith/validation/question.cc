#include "tools/kith/validation/question.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/value_json.h"
#include "tools/kith/validation/quoted_text.h"

namespace kith::tool {
namespace {

constexpr std::string_view kWith = " with ";

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
  const size_t with = FindUnquoted(
      text, [](std::string_view rest) { return rest.starts_with(kWith); });
  if (with != std::string_view::npos) {
    reference = text.substr(0, with);
    KITH_ASSIGN_OR_RETURN(
        question.context,
        StructFromJson(Trim(text.substr(with + kWith.size()))));
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
