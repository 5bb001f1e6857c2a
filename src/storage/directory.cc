#include "storage/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "rocksdb/env.h"
#include "storage/rocks_status.h"

namespace kith::storage {
namespace {

constexpr char kLockFile[] = "/KITH.lock";
constexpr char kFormatFile[] = "/KITH.format";
constexpr char kRocksFile[] = "/CURRENT";
constexpr char kImportDirectory[] = "/import";
constexpr std::string_view kFormatText = "kith storage format ";

absl::Status FileError(std::string_view doing, const std::string& path,
                       int error) {
  return absl::UnavailableError(
      fmt::format("{} \"{}\": {}", doing, path,
                  std::error_code(error, std::system_category()).message()));
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

absl::Status SyncDirectory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("open the directory", directory, errno);
  const int error = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return error == 0 ? absl::OkStatus()
                    : FileError("sync the directory", directory, error);
}

absl::StatusOr<uint32_t> ReadEpoch(const std::string& path) {
  std::string text;
  KITH_RETURN_IF_ERROR(
      FromRocks(rocksdb::ReadFileToString(rocksdb::Env::Default(), path, &text),
                "read the format"));
  std::string_view rest = text;
  uint32_t epoch = 0;
  if (!rest.starts_with(kFormatText) || !rest.ends_with('\n')) {
    return absl::DataLossError(
        fmt::format("\"{}\" is not a format file: \"{}\"", path, text));
  }
  rest.remove_prefix(kFormatText.size());
  rest.remove_suffix(1);
  if (!absl::SimpleAtoi(std::string(rest), &epoch)) {
    return absl::DataLossError(
        fmt::format("\"{}\" is not a format file: \"{}\"", path, text));
  }
  return epoch;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Take(
    const std::string& directory) {
  const std::string path = directory + kLockFile;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("open the lock file", path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(fd);
    if (error != EWOULDBLOCK) return FileError("lock", path, error);
    return absl::FailedPreconditionError(fmt::format(
        "the database in \"{}\" is already open: only one process at a time "
        "may open it",
        directory));
  }
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(fd));
}

DirectoryLock::~DirectoryLock() { close(fd_); }

absl::Status MakeDirectory(const std::string& directory) {
  if (Exists(directory)) return absl::OkStatus();
  const auto path = std::filesystem::absolute(directory).lexically_normal();
  const auto parent = path.has_filename() ? path.parent_path()
                                          : path.parent_path().parent_path();
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return FileError("make the directory", directory, error.value());
  return SyncDirectory(parent.string());
}

absl::StatusOr<bool> HoldsDatabase(const std::string& directory) {
  const std::string format = directory + kFormatFile;
  if (!Exists(format)) {
    if (!Exists(directory + kRocksFile)) return false;
    return absl::FailedPreconditionError(fmt::format(
        "\"{}\" holds a database without \"{}\": an unfinished copy or not a "
        "kith database",
        directory, kFormatFile + 1));
  }
  KITH_ASSIGN_OR_RETURN(const uint32_t epoch, ReadEpoch(format));
  if (epoch != kFormatEpoch) {
    return absl::FailedPreconditionError(fmt::format(
        "the database in \"{}\" has storage format \"{}\"; this program reads "
        "and writes format {} only",
        directory, epoch, kFormatEpoch));
  }
  // Creation writes the format first; without RocksDB's part it never ended.
  return Exists(directory + kRocksFile);
}

absl::Status WriteFormat(const std::string& directory) {
  const std::string path = directory + kFormatFile;
  const std::string draft = path + ".new";
  const std::string text = fmt::format("{}{}\n", kFormatText, kFormatEpoch);
  KITH_RETURN_IF_ERROR(
      FromRocks(rocksdb::WriteStringToFile(rocksdb::Env::Default(), text, draft,
                                           /*should_sync=*/true),
                "write the format"));
  KITH_RETURN_IF_ERROR(
      FromRocks(rocksdb::Env::Default()->RenameFile(draft, path),
                "name the format file"));
  return SyncDirectory(directory);
}

std::string ImportDirectory(const Families& families) {
  return families.db()->GetName() + kImportDirectory;
}

absl::Status ClearImportDirectory(const Families& families) {
  rocksdb::Env* env = families.db()->GetEnv();
  const std::string directory = ImportDirectory(families);
  KITH_RETURN_IF_ERROR(FromRocks(env->CreateDirIfMissing(directory),
                                 "make the directory for imports"));
  std::vector<std::string> left;
  KITH_RETURN_IF_ERROR(FromRocks(env->GetChildren(directory, &left),
                                 "list the directory for imports"));
  for (const std::string& name : left) {
    if (name == "." || name == "..") continue;
    KITH_RETURN_IF_ERROR(
        FromRocks(env->DeleteFile(directory + "/" + name),
                  "remove what an import left"));
  }
  return absl::OkStatus();
}

}  // namespace kith::storage
