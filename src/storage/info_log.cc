#include "storage/info_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace kith::storage {
namespace {

constexpr size_t kMaxBytes = 8u << 20;
constexpr size_t kMaxLineBytes = 4096;  // longer ones are cut

class InfoLog final : public rocksdb::Logger {
 public:
  explicit InfoLog(const std::string& directory)
      : path_(directory + "/LOG"), old_path_(path_ + ".old") {
    const MutexLock lock(&mutex_);
    Renew();
  }
  ~InfoLog() override {
    if (file_ >= 0) close(file_);
  }

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, kMaxLineBytes> text;
    const int size =
        std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size < 0) return;
    std::string line = fmt::format(
        "{} {}",
        absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone()),
        std::string_view(text.data()));
    if (line.back() != '\n') line.push_back('\n');
    Append(line);
  }

  size_t GetLogFileSize() const override {
    const MutexLock lock(&mutex_);
    return bytes_;
  }

 private:
  void Append(std::string_view line) {
    const MutexLock lock(&mutex_);
    if (bytes_ + line.size() > kMaxBytes) Renew();
    const ssize_t written = write(file_, line.data(), line.size());
    if (written > 0) bytes_ += static_cast<size_t>(written);
  }

  void Renew() KITH_REQUIRES(mutex_) {
    if (file_ >= 0) close(file_);
    std::rename(path_.c_str(), old_path_.c_str());
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bytes_ = 0;
  }

  const std::string path_;
  const std::string old_path_;
  mutable Mutex mutex_;
  int file_ KITH_GUARDED_BY(mutex_) = -1;  // -1: it could not be opened
  size_t bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> OpenInfoLog(const std::string& directory) {
  return std::make_shared<InfoLog>(directory);
}

}  // namespace kith::storage
