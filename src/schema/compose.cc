#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "kith/schema_tools.h"
#include "model/utf8.h"
#include "schema/compile_file.h"
#include "schema/diagnostic.h"
#include "schema/limits.h"
#include "schema/lint.h"
#include "schema/schema.h"
#include "schema/syntax/parser.h"

// Composition parses every file by itself, with lines that go on counting from
// file to file, and compiles the statements of all as one schema. A line thus
// says which file it is of, and every message can be told in terms of it.

namespace kith {
namespace {

using schema::Import;
using schema::Item;
using schema::Use;

constexpr size_t kMaxFiles = 1000;

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash + 1);
}

// Why `path` may not be imported; empty when it may. Only what is below the
// folder of the importing file can be named, whatever reads the files.
std::string_view WhyRefused(std::string_view path) {
  if (path.empty()) return "expected the path of a file";
  if (!IsPrintableUtf8(path) || path.find('\\') != std::string_view::npos) {
    return "expected a path without control characters and \"\\\"";
  }
  if (path.front() == '/') return "expected a path that is not absolute";
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == "..") return "expected a path without \"..\"";
    if (part.empty() || part == ".") {
      return "expected a path without empty parts and \".\"";
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) return "expected the path of a file";
  }
  return {};
}

class Composer {
 public:
  explicit Composer(const SchemaLoader& load) : load_(load) {}

  absl::StatusOr<ComposedSchema> Compose(const std::string& path) {
    KITH_ASSIGN_OR_RETURN(std::string text, load_(path));
    absl::StatusOr<ComposedSchema> composed = ComposeText(path, text);
    if (!composed.ok()) return InItsFile(composed.status());
    return composed;
  }

 private:
  struct Source {
    std::string path;
    uint32_t first_line;
    bool open = true;  // some file that it imports is being read
  };

  absl::StatusOr<ComposedSchema> ComposeText(const std::string& path,
                                             std::string_view text) {
    KITH_RETURN_IF_ERROR(Add(path, text, 1));
    KITH_ASSIGN_OR_RETURN(
        const auto schema,
        schema::CompileFile(std::move(all_), [this](uint32_t line) {
          const Source& source = SourceOf(line);
          return fmt::format("line {} of {}", line - source.first_line + 1,
                             source.path);
        }));
    ComposedSchema composed;
    composed.text = schema::Print(*schema);
    KITH_RETURN_IF_ERROR(CheckText(composed.text));
    for (const Source& source : sources_) composed.files.push_back(source.path);
    composed.warnings = schema::Lint(*schema);
    for (SchemaWarning& warning : composed.warnings) {
      const Source& source = SourceOf(warning.line);
      warning.file = source.path;
      warning.line -= source.first_line - 1;
      warning.end_line -= source.first_line - 1;
    }
    return composed;
  }

  // A word that only one file reserves can mean something else in the others.
  static absl::Status CheckText(std::string_view text) {
    const auto again = schema::Compile(text);
    if (again.ok() && schema::Print(**again) == text) return absl::OkStatus();
    return InvalidArgument(fmt::format(
        "the files cannot be written as one schema, as one uses a name that "
        "\"use\" in another makes a keyword{}{}",
        again.ok() ? "" : ": ",
        again.ok() ? "" : std::string(again.status().message())));
  }

  // Adds the statements of a file, those of its imports before them. As deep as
  // imports are, which is bounded.
  absl::Status Add(const std::string& path, std::string_view text, int depth) {
    const size_t index = sources_.size();
    sources_.push_back({path, next_line_});
    by_path_.emplace(path, index);
    next_line_ += 1 + std::count(text.begin(), text.end(), '\n');
    bytes_ += text.size();
    if (bytes_ > schema::kMaxSchemaBytes) {
      const schema::Position begin{sources_[index].first_line, 1};
      return schema::ParseError(
          {{begin, begin},
           {},
           fmt::format("the files have more than {} bytes together",
                       schema::kMaxSchemaBytes),
           {}});
    }
    KITH_ASSIGN_OR_RETURN(schema::File file,
                          schema::Parse(text, sources_[index].first_line));
    for (const Item& item : file.items) {
      const auto* import = std::get_if<Import>(&item.what);
      if (import == nullptr) continue;
      KITH_RETURN_IF_ERROR(AddImport(path, *import, depth));
    }
    for (Item& item : file.items) {
      if (std::holds_alternative<Import>(item.what)) continue;
      const auto* use = std::get_if<Use>(&item.what);
      // What these are for is done by now.
      if (use != nullptr && (use->flag == "import" || use->flag == "partial")) {
        continue;
      }
      all_.items.push_back(std::move(item));
    }
    sources_[index].open = false;
    return absl::OkStatus();
  }

  absl::Status AddImport(const std::string& importer, const Import& import,
                         int depth) {
    std::string_view name = import.path;
    const size_t quotes = name.starts_with("\"\"\"") ? 3 : 1;
    name = name.substr(quotes, name.size() - 2 * quotes);
    if (const std::string_view why = WhyRefused(name); !why.empty()) {
      return ImportError(import, name, why);
    }
    const std::string path =
        std::string(FolderOf(importer)) + std::string(name);
    if (const auto it = by_path_.find(path); it != by_path_.end()) {
      if (!sources_[it->second].open) return absl::OkStatus();
      return ImportError(import, name, "it imports this file");
    }
    if (sources_.size() == kMaxFiles || depth > schema::kMaxNesting) {
      return ImportError(import, name,
                         fmt::format("at most {} files and {} imports within "
                                     "each other are allowed",
                                     kMaxFiles, schema::kMaxNesting));
    }
    const absl::StatusOr<std::string> text = load_(path);
    if (!text.ok()) {
      return ImportError(import, name, std::string(text.status().message()));
    }
    return Add(path, *text, depth + 1);
  }

  // The key `import` sets errors of imports apart from those of a text.
  static absl::Status ImportError(const Import& import, std::string_view name,
                                  std::string_view why) {
    const absl::Status error = schema::ParseError(
        {import.range,
         import.path,
         fmt::format("cannot import {}: {}", Quoted(name), why),
         {}});
    ErrorInfo info = GetErrorInfo(error).value_or(ErrorInfo());
    info.metadata["import"] = std::string(name);
    const absl::string_view message = error.message();
    return MakeError(error.code(), {message.data(), message.size()}, info);
  }

  const Source& SourceOf(uint32_t line) const {
    const auto next = std::upper_bound(
        sources_.begin(), sources_.end(), line,
        [](uint32_t l, const Source& source) { return l < source.first_line; });
    return *std::prev(next);
  }

  // `error` with its lines counted within their file, and that named.
  absl::Status InItsFile(const absl::Status& error) const {
    const std::optional<ErrorInfo> found = GetErrorInfo(error);
    if (!found.has_value()) return error;
    ErrorInfo info = *found;
    std::string message(error.message());
    const auto line_at = [&info](const std::string& key) -> uint32_t {
      const auto it = info.metadata.find(key);
      return it == info.metadata.end() ? 0 : std::stoul(it->second);
    };
    const uint32_t line = line_at("start_line_number");
    if (line == 0) return error;
    const Source& source = SourceOf(line);
    const uint32_t before = source.first_line - 1;
    for (const char* key : {"start_line_number", "end_line_number"}) {
      info.metadata[key] = fmt::to_string(line_at(key) - before);
    }
    info.metadata["file"] = source.path;
    const std::string place = fmt::format("line {},", line);
    if (message.starts_with(place)) {
      message.replace(0, place.size(), fmt::format("line {},", line - before));
    }
    return MakeError(error.code(), source.path + ": " + message, info);
  }

  const SchemaLoader& load_;
  std::vector<Source> sources_;  // by first line
  absl::flat_hash_map<std::string, size_t> by_path_;
  schema::File all_;
  uint32_t next_line_ = 1;
  size_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<ComposedSchema> ComposeSchema(const std::string& path,
                                             const SchemaLoader& load) {
  return Composer(load).Compose(path);
}

}  // namespace kith
