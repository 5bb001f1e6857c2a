#include "tools/kith/relationship_source.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tools/kith/errors.h"
#include "tools/kith/text_line.h"

namespace kith::tool {
namespace {

class TextLines : public RelationshipSource {
 public:
  TextLines(std::istream& stream, std::unique_ptr<std::istream> owned)
      : stream_(stream), owned_(std::move(owned)) {}

  absl::StatusOr<std::optional<LocatedRelationship>> Next() override {
    while (std::getline(stream_, line_)) {
      ++number_;
      const std::string_view text = ContentOf(line_);
      if (text.empty()) continue;
      absl::StatusOr<Relationship> parsed = Relationship::Parse(text);
      if (!parsed.ok()) {
        return Prefixed(parsed.status(), fmt::format("line {}: ", number_));
      }
      return LocatedRelationship{*std::move(parsed), number_};
    }
    if (stream_.bad()) return CannotRead("the input", "reading failed");
    return std::nullopt;
  }

  void Rewind() override {
    stream_.clear();
    stream_.seekg(0);
    number_ = 0;
  }

 private:
  std::istream& stream_;
  const std::unique_ptr<std::istream> owned_;
  std::string line_;
  int number_ = 0;
};

class FileRelationships : public RelationshipSource {
 public:
  explicit FileRelationships(ValidationFile file) : file_(std::move(file)) {}

  absl::StatusOr<std::optional<LocatedRelationship>> Next() override {
    if (problem_ < file_.problems.size()) {
      const ValidationFile::Problem& problem = file_.problems[problem_++];
      return InvalidArgument(
          fmt::format("line {}: {}", problem.line, problem.message));
    }
    if (next_ == file_.relationships.size()) return std::nullopt;
    return file_.relationships[next_++];
  }

  void Rewind() override {
    problem_ = 0;
    next_ = 0;
  }

 private:
  const ValidationFile file_;
  size_t problem_ = 0;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RelationshipSource> TextSource(
    std::unique_ptr<std::istream> stream) {
  std::istream& reference = *stream;
  return std::make_unique<TextLines>(reference, std::move(stream));
}

std::unique_ptr<RelationshipSource> StreamingTextSource(std::istream& stream) {
  return std::make_unique<TextLines>(stream, nullptr);
}

std::unique_ptr<RelationshipSource> FileSource(ValidationFile file) {
  return std::make_unique<FileRelationships>(std::move(file));
}

}  // namespace kith::tool
