#include "tools/kith/validation/schema_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "kith/errors.h"

namespace kith::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxBytes = 4u << 20;

// Is `path` in `folder`, both without links?
bool IsWithin(const fs::path& folder, const fs::path& path) {
  auto at = path.begin();
  for (const fs::path& part : folder) {
    if (at == path.end() || *at++ != part) return false;
  }
  return true;
}

absl::StatusOr<std::string> ReadImport(const fs::path& folder,
                                       const std::string& path) {
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  if (error) return absl::NotFoundError(error.message());
  const fs::path root = fs::canonical(folder, error);
  if (error || !IsWithin(root, target)) {
    return absl::InvalidArgumentError(
        "it is a link that leads out of the folder of the schema");
  }
  if (!fs::is_regular_file(target, error)) {
    return absl::InvalidArgumentError("it is not a regular file");
  }
  if (fs::file_size(target, error) > kMaxBytes || error) {
    return absl::InvalidArgumentError("it has more than 4 MiB");
  }
  std::ifstream file(target, std::ios::binary);
  if (!file) return absl::NotFoundError(std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

absl::StatusOr<ComposedSchema> SchemaFiles::Compose(const std::string& path,
                                                    std::string text) {
  texts_.clear();
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  return ComposeSchema(
      path, [&](const std::string& name) -> absl::StatusOr<std::string> {
        if (texts_.empty()) return texts_[name] = std::move(text);
        absl::StatusOr<std::string> read = ReadImport(folder, name);
        if (read.ok()) texts_[name] = *read;
        return read;
      });
}

const std::string& SchemaFiles::TextOf(const std::string& path) const {
  static const std::string kNone;
  const auto it = texts_.find(path);
  return it == texts_.end() ? kNone : it->second;
}

bool SchemaFiles::IsOfImports(const absl::Status& error) const {
  const auto info = GetErrorInfo(error);
  return texts_.size() > 1 ||
         (info.has_value() && info->metadata.contains("import"));
}

}  // namespace kith::tool
