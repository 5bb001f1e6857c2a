#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/status_macros.h"
#include "tools/kith/validation/quoted_text.h"
#include "tools/kith/validation/validation_file.h"

namespace kith::tool {
namespace {

constexpr std::string_view kConditionalMark = "[...]";

// Reads the parts of an expected subject from left to right. Quoted ids may
// hold any of the marks, so every search skips quotes.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  void SkipSpace() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  bool Accept(std::string_view mark) {
    SkipSpace();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }

  absl::Status Expect(std::string_view mark) {
    if (Accept(mark)) return absl::OkStatus();
    return InvalidArgument(
        fmt::format("expected \"{}\" at \"{}\" in \"{}\", as in "
                    "\"[user:anne] is <document:readme#viewer>\"",
                    mark, rest_, text_));
  }

  // Everything before the first of `stops` outside of quotes, trimmed.
  std::string_view Until(std::string_view stops) {
    SkipSpace();
    const size_t end = std::min(
        rest_.size(), FindUnquoted(rest_, [stops](std::string_view rest) {
          return stops.find(rest.front()) != stops.npos;
        }));
    std::string_view part = rest_.substr(0, end);
    rest_.remove_prefix(end);
    while (part.ends_with(' ')) part.remove_suffix(1);
    return part;
  }

  bool done() {
    SkipSpace();
    return rest_.empty();
  }

 private:
  const std::string_view text_;
  std::string_view rest_;
};

absl::Status ReadExclusions(Reader& reader, ExpectedSubject* result) {
  KITH_RETURN_IF_ERROR(reader.Expect("{"));
  do {
    ExpectedSubject::Exclusion exclusion;
    KITH_ASSIGN_OR_RETURN(exclusion.subject,
                          SubjectRef::Parse(reader.Until(",[} ")));
    exclusion.conditional = reader.Accept(kConditionalMark);
    result->exclusions.push_back(std::move(exclusion));
  } while (reader.Accept(","));
  return reader.Expect("}");
}

absl::Status ReadThrough(Reader& reader, ExpectedSubject* result) {
  do {
    KITH_RETURN_IF_ERROR(reader.Expect("<"));
    const std::string_view path = reader.Until(">");
    KITH_ASSIGN_OR_RETURN(SubjectRef parsed, SubjectRef::Parse(path));
    KITH_RETURN_IF_ERROR(reader.Expect(">"));
    result->through.emplace_back(std::move(parsed.object),
                                 std::move(parsed.relation));
  } while (reader.Accept("/"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExpectedSubject> ParseExpectedSubject(std::string_view text) {
  Reader reader(text);
  ExpectedSubject result;
  KITH_RETURN_IF_ERROR(reader.Expect("["));
  KITH_ASSIGN_OR_RETURN(result.subject, SubjectRef::Parse(reader.Until("[] ")));
  result.conditional = reader.Accept(kConditionalMark);
  if (reader.Accept("-")) {
    if (!result.subject.is_wildcard()) {
      return InvalidArgument(fmt::format(
          "\"{}\" takes subjects out of \"{}\", which is no wildcard", text,
          result.subject.ToString()));
    }
    KITH_RETURN_IF_ERROR(ReadExclusions(reader, &result));
  }
  KITH_RETURN_IF_ERROR(reader.Expect("]"));
  if (reader.Accept("is")) {
    KITH_RETURN_IF_ERROR(ReadThrough(reader, &result));
  }
  if (!reader.done()) {
    return InvalidArgument(fmt::format("\"{}\" goes on after its end", text));
  }
  return result;
}

}  // namespace kith::tool
