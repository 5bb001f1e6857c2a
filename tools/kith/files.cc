#include "tools/kith/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/kith/errors.h"

namespace kith::tool {
namespace {

absl::Status WriteAndSync(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::InternalError(std::strerror(errno));
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0) return absl::InternalError(std::strerror(errno));
  return absl::OkStatus();
}

absl::Status CannotReadErrno(const std::string& path) {
  return CannotRead(path, std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::string> ReadAll(const std::string& path,
                                    Terminal& terminal) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(terminal.in), {});
  }
  if (std::filesystem::is_directory(path)) {
    return CannotRead(path, "it is a directory");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return CannotReadErrno(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status ReplaceFile(const std::string& path, const std::string& content,
                         unsigned mode) {
  // Through a link, the file it names is replaced and not the link.
  std::error_code error;
  std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) target = path;
  std::string temporary = target.string() + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) return CannotWrite(path, std::strerror(errno));
  absl::Status status = WriteAndSync(fd, content);
  if (status.ok() && ::fchmod(fd, mode) != 0) {
    status = absl::InternalError(std::strerror(errno));
  }
  ::close(fd);
  if (status.ok() && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = absl::InternalError(std::strerror(errno));
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return CannotWrite(path, std::string(status.message()));
  }
  return absl::OkStatus();
}

namespace {

absl::Status Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotWrite(path, std::strerror(errno));
  const bool synced = ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  return synced ? absl::OkStatus() : CannotWrite(path, std::strerror(error));
}

}  // namespace

absl::Status MoveDurably(const std::string& from, const std::string& to) {
  if (absl::Status status = Sync(from); !status.ok()) return status;
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return CannotWrite(to, std::strerror(errno));
  }
  const std::string folder = std::filesystem::path(to).parent_path().string();
  return Sync(folder.empty() ? "." : folder);
}

namespace {

// Seekable, in an unnamed temporary file.
absl::StatusOr<std::unique_ptr<std::istream>> CopyOf(std::istream& in) {
  std::string name =
      (std::filesystem::temp_directory_path() / "kith-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return CannotWrite(name, std::strerror(errno));
  ::close(fd);
  auto copy = std::make_unique<std::fstream>(
      name, std::ios::binary | std::ios::in | std::ios::out);
  ::unlink(name.c_str());
  if (in.peek() != std::istream::traits_type::eof()) *copy << in.rdbuf();
  copy->flush();
  if (!*copy) return CannotWrite(name, "the temporary folder may be full");
  copy->seekg(0);
  return copy;
}

}  // namespace

absl::StatusOr<std::unique_ptr<std::istream>> OpenSeekable(
    const std::string& path, Terminal& terminal) {
  if (path == "-") return CopyOf(terminal.in);
  if (std::filesystem::is_directory(path)) {
    return CannotRead(path, "it is a directory");
  }
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) return CannotReadErrno(path);
  // A pipe gives what it has once: `kith ... <(command)`.
  if (!std::filesystem::is_regular_file(path)) return CopyOf(*file);
  return file;
}

}  // namespace kith::tool
