#include "tools/kith/validation/validation_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/match.h"
#include "base/error.h"
#include "tools/kith/validation/schema_files.h"

namespace kith::tool {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return absl::NotFoundError(
        fmt::format("cannot read \"{}\": it is a directory", path));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        fmt::format("cannot read \"{}\": {}", path, std::strerror(errno)));
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Finds the lines of a block scalar in the file again. YAML's folding keeps
// the text of a line but not its number, so lines are matched by their text,
// in order, from the scalar's first line on.
class LineFinder {
 public:
  LineFinder(const std::vector<std::string_view>& lines, int first)
      : lines_(lines), next_(static_cast<size_t>(std::max(0, first - 1))) {}

  // The next line that has this text; the last one found when there is none.
  int Find(std::string_view text) {
    for (size_t i = next_; i < lines_.size(); ++i) {
      if (Trim(lines_[i]) == text ||
          absl::StrContains(
              absl::string_view(lines_[i].data(), lines_[i].size()),
              absl::string_view(text.data(), text.size()))) {
        next_ = i + 1;
        return static_cast<int>(i) + 1;
      }
    }
    return static_cast<int>(next_);
  }

 private:
  const std::vector<std::string_view>& lines_;
  size_t next_;
};

class Parser {
 public:
  Parser(const std::string& text, ValidationFile* file)
      : lines_(Lines(text)), file_(*file) {}

  void Document(const YAML::Node& root) {
    if (!root.IsMap()) {
      return Problem(root,
                     "expected a map with the keys schema, "
                     "relationships, assertions and validation");
    }
    for (const auto& entry : root) {
      const std::string key = Scalar(entry.first);
      if (key == "schema") {
        Schema(entry.second);
      } else if (key == "schemaFile") {
        SchemaFile(entry.second);
      } else if (key == "relationships") {
        Relationships(entry.second);
      } else if (key == "assertions") {
        Assertions(entry.second);
      } else if (key == "validation") {
        ExpectedRelations(entry.second);
      } else {
        Problem(entry.first, fmt::format("unknown key \"{}\"", key));
      }
    }
    if (file_.schema_path.empty()) {
      Problem(root, "neither schema nor schemaFile is given");
    }
  }

 private:
  static int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }
  static std::string Scalar(const YAML::Node& node) {
    return node.IsScalar() ? node.Scalar() : "";
  }

  void Problem(const YAML::Node& node, std::string message) {
    file_.problems.push_back({LineOf(node), std::move(message)});
  }

  void Schema(const YAML::Node& node) {
    if (!file_.schema_path.empty()) {
      return Problem(node, "both schema and schemaFile are given");
    }
    if (!node.IsScalar()) return Problem(node, "the schema is not text");
    file_.schema = node.Scalar();
    file_.schema_path = file_.path;
    if (Compose(node)) return;
    LineFinder finder(lines_, LineOf(node));
    for (const std::string_view line : Lines(file_.schema)) {
      const std::string_view text = Trim(line);
      const int previous =
          file_.schema_lines.empty() ? LineOf(node) : file_.schema_lines.back();
      file_.schema_lines.push_back(text.empty() ? previous + 1
                                                : finder.Find(text));
    }
  }

  void SchemaFile(const YAML::Node& node) {
    if (!file_.schema_path.empty()) {
      return Problem(node, "both schema and schemaFile are given");
    }
    const std::filesystem::path beside =
        std::filesystem::path(file_.path).parent_path() / Scalar(node);
    file_.schema_path = beside.string();
    absl::StatusOr<std::string> text = ReadFile(file_.schema_path);
    if (!text.ok()) return Problem(node, MessageOf(text.status()));
    file_.schema = *std::move(text);
    Compose(node);
  }

  // Puts what the schema imports in its place. False: it imports nothing, or
  // that failed, which is a problem.
  bool Compose(const YAML::Node& node) {
    SchemaFiles files;
    absl::StatusOr<ComposedSchema> composed =
        files.Compose(file_.schema_path, file_.schema);
    if (composed.ok() && composed->files.size() == 1) return false;
    if (composed.ok()) {
      file_.schema = std::move(composed->text);
      return true;
    }
    if (files.IsOfImports(composed.status())) {
      Problem(node, MessageOf(composed.status()));
    }
    return false;
  }

  void Relationships(const YAML::Node& node) {
    if (node.IsNull()) return;
    if (!node.IsScalar()) {
      return Problem(node, "relationships are not text, one a line");
    }
    LineFinder finder(lines_, LineOf(node));
    for (const std::string_view raw : Lines(node.Scalar())) {
      const std::string_view text = Trim(raw);
      if (text.empty() || text.starts_with("//") || text.starts_with("#")) {
        continue;
      }
      const int line = finder.Find(text);
      absl::StatusOr<Relationship> parsed = Relationship::Parse(text);
      if (parsed.ok()) {
        file_.relationships.push_back({*std::move(parsed), line});
      } else {
        file_.problems.push_back({line, MessageOf(parsed.status())});
      }
    }
  }

  void Assertions(const YAML::Node& node) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return Problem(node, "assertions are not a map");
    for (const auto& entry : node) {
      const std::string key = Scalar(entry.first);
      std::optional<Permissionship> expected;
      if (key == "assertTrue") expected = Permissionship::kHasPermission;
      if (key == "assertCaveated") expected = Permissionship::kConditional;
      if (key == "assertFalse") expected = Permissionship::kNoPermission;
      if (!expected.has_value()) {
        Problem(entry.first,
                fmt::format("unknown key \"{}\": expected assertTrue, "
                            "assertCaveated or assertFalse",
                            key));
        continue;
      }
      AssertionList(entry.second, *expected);
    }
  }

  void AssertionList(const YAML::Node& node, Permissionship expected) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return Problem(node, "assertions are not a list");
    for (const YAML::Node& item : node) {
      ValidationFile::Assertion assertion;
      assertion.expected = expected;
      assertion.text = Scalar(item);
      assertion.line = LineOf(item);
      absl::StatusOr<Question> question = ParseQuestion(assertion.text);
      if (!question.ok()) {
        Problem(item, MessageOf(question.status()));
        continue;
      }
      assertion.question = *std::move(question);
      file_.assertions.push_back(std::move(assertion));
    }
  }

  void ExpectedRelations(const YAML::Node& node) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return Problem(node, "validation is not a map");
    for (const auto& entry : node) {
      const std::string key = Scalar(entry.first);
      absl::StatusOr<SubjectRef> parsed = SubjectRef::Parse(key);
      if (!parsed.ok() || parsed->relation.empty()) {
        Problem(entry.first, fmt::format("\"{}\" is not object#relation", key));
        continue;
      }
      ValidationFile::ExpectedRelation expected;
      expected.resource = parsed->object;
      expected.permission = parsed->relation;
      expected.line = LineOf(entry.first);
      SubjectList(entry.second, &expected);
      file_.expected_relations.push_back(std::move(expected));
    }
  }

  void SubjectList(const YAML::Node& node,
                   ValidationFile::ExpectedRelation* expected) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) {
      return Problem(node, "expected subjects are not a list");
    }
    for (const YAML::Node& item : node) {
      absl::StatusOr<ExpectedSubject> subject =
          ParseExpectedSubject(Scalar(item));
      if (!subject.ok()) {
        Problem(item, MessageOf(subject.status()));
        continue;
      }
      subject->text = Scalar(item);
      subject->line = LineOf(item);
      expected->subjects.push_back(*std::move(subject));
    }
  }

  const std::vector<std::string_view> lines_;
  ValidationFile& file_;
};

}  // namespace

int ValidationFile::LineOfSchema(int line) const {
  const auto index = static_cast<size_t>(line - 1);
  return index < schema_lines.size() ? schema_lines[index] : line;
}

absl::StatusOr<ValidationFile> ValidationFile::Parse(const std::string& path,
                                                     const std::string& text) {
  ValidationFile file;
  file.path = path;
  try {
    Parser(text, &file).Document(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return InvalidArgument(fmt::format("{}:{}:{}: not YAML: {}", path,
                                       error.mark.line + 1,
                                       error.mark.column + 1, error.msg));
  }
  return file;
}

absl::StatusOr<ValidationFile> ValidationFile::Load(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return Parse(path, *text);
}

}  // namespace kith::tool
