#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "in_process/figures.h"
#include "in_process/measure.h"

namespace kith::bench {
namespace {

constexpr int kWriters = 32;
constexpr off_t kLogBytes = 4 << 20;

// Appends of what a small commit takes, each forced to the disk, to a file
// with room for them, as a log has.
absl::Status RawSync(const std::string& path, int count,
                     std::vector<int64_t>* samples) {
  int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  absl::Cleanup close_file = [file] { close(file); };
  if (fallocate(file, FALLOC_FL_KEEP_SIZE, 0, kLogBytes) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  const std::string bytes(500, 'x');
  for (int i = 0; i < count; ++i) {
    int64_t begin = WallNanos();
    if (write(file, bytes.data(), bytes.size()) < 0 || fdatasync(file) != 0) {
      return absl::ErrnoToStatus(errno, path);
    }
    samples->push_back(WallNanos() - begin);
  }
  return absl::OkStatus();
}

struct Writing {
  std::vector<int64_t> samples;
  double seconds = 0;

  Cost latency() const { return CostOf(samples, 1); }
  double per_second() const {
    return static_cast<double>(samples.size()) / seconds;
  }
};

// Each writer waits for its write before the next. Adds to `writing`.
absl::Status Write(Database* db, const Workload& workload, int writers,
                   int writes_each, size_t batch, Writing* writing) {
  Mutex mutex;
  absl::Status failed;
  auto run = [&](int writer) {
    Questions questions(&workload, static_cast<uint64_t>(100 + writer),
                        Keys::kUniform);
    std::vector<int64_t> own;
    absl::Status status;
    for (int i = 0; i < writes_each && status.ok(); ++i) {
      std::vector<Update> updates = questions.Write(batch);
      int64_t begin = WallNanos();
      status = db->Write(std::move(updates)).status();
      own.push_back(WallNanos() - begin);
    }
    MutexLock lock(&mutex);
    writing->samples.insert(writing->samples.end(), own.begin(), own.end());
    failed.Update(status);
  };
  int64_t begin = WallNanos();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < writers; ++i) threads.emplace_back(run, i);
  }
  writing->seconds += static_cast<double>(WallNanos() - begin) / 1e9;
  return failed;
}

}  // namespace

// The disk's speed changes while others use it, so all take turns.
absl::Status MeasureWrites(const Sizes&, Scene* scene, Table* table) {
  KITH_ASSIGN_OR_RETURN(const Loaded* drive, scene->Load("drive", 0.1));
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(drive->options()));
  const Workload& workload = *drive->workload;
  std::vector<int64_t> raw_samples;
  Writing one;
  Writing hundred;
  Writing many;
  for (int round = 0; round < 10; ++round) {
    KITH_RETURN_IF_ERROR(
        RawSync(scene->directory() + "/raw", 30, &raw_samples));
    KITH_RETURN_IF_ERROR(Write(db.get(), workload, 1, 30, 1, &one));
    KITH_RETURN_IF_ERROR(Write(db.get(), workload, kWriters, 30, 1, &many));
    KITH_RETURN_IF_ERROR(Write(db.get(), workload, 1, 10, 100, &hundred));
  }
  Cost raw = CostOf(std::move(raw_samples), 1);
  table->AddCost("fdatasync of 500 bytes, wall time", raw);
  table->AddCost("write of 1, one writer, wall time", one.latency(),
                 raw.median_ns + 0.3e6);
  table->AddCost("write of 100, one writer, wall time", hundred.latency());
  table->AddCost(fmt::format("write of 1, {} writers, wall time", kWriters),
                 many.latency());
  table->Add({.figure = "writes a second, one writer",
              .value = CountText(one.per_second())});
  table->Add({.figure = fmt::format("writes a second, {} writers", kWriters),
              .value = CountText(many.per_second())});
  double ratio = many.per_second() / one.per_second();
  table->Add({.figure = fmt::format("{} writers beside one", kWriters),
              .value = fmt::format("{:.1f} x", ratio),
              .target = "> 12 x",
              .met = ratio >= 12});
  return absl::OkStatus();
}

}  // namespace kith::bench
