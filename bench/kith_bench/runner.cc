#include "kith_bench/runner.h"

#include <time.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "base/status_macros.h"

namespace kith::bench {
namespace {

double ClientCpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(seconds));
}

uint64_t NanosFrom(Clock::time_point from, Clock::time_point to) {
  const auto nanos =
      std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
  return nanos < 0 ? 0 : static_cast<uint64_t>(nanos);
}

// Starts free calls at a fixed rate on a thread of its own until it is
// destroyed.
class Pacer {
 public:
  Pacer(double rate, grpc::CompletionQueue* queue)
      : interval_(Seconds(1 / rate)), queue_(queue) {}
  ~Pacer() { Stop(); }
  Pacer(const Pacer&) = delete;
  Pacer& operator=(const Pacer&) = delete;

  void Begin(const std::vector<std::unique_ptr<Call>>& calls) {
    for (const auto& call : calls) free_.push_back(call.get());
    thread_ = std::thread([this] { Run(); });
  }

  void Release(Call* call) {
    const MutexLock lock(&mutex_);
    free_.push_back(call);
    if (starving_) changed_.NotifyOne();
  }

  // Starts no more. Returns how many were started in all.
  uint64_t Stop() {
    {
      const MutexLock lock(&mutex_);
      stopped_ = true;
      changed_.NotifyOne();
    }
    if (thread_.joinable()) thread_.join();
    return started_;
  }

 private:
  void Run() {
    Clock::time_point due = Clock::now();
    while (Call* const call = NextFree(due)) {
      call->Start(due, queue_);
      ++started_;
      due += interval_;
    }
  }

  // A call that is free, not before `due`; null: stopped.
  Call* NextFree(Clock::time_point due) {
    MutexLock lock(&mutex_);
    while (!stopped_) {
      const Clock::time_point now = Clock::now();
      if (now < due) {
        changed_.WaitFor(lock, due - now);
      } else if (free_.empty()) {
        starving_ = true;
        changed_.Wait(lock);
        starving_ = false;
      } else {
        Call* const call = free_.back();
        free_.pop_back();
        return call;
      }
    }
    return nullptr;
  }

  const Clock::duration interval_;
  grpc::CompletionQueue* const queue_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Call*> free_ KITH_GUARDED_BY(mutex_);
  bool starving_ KITH_GUARDED_BY(mutex_) = false;  // waits for a free call
  bool stopped_ KITH_GUARDED_BY(mutex_) = false;
  uint64_t started_ = 0;  // read once the thread has ended
  std::thread thread_;
};

// One run of Measure.
class Runner {
 public:
  Runner(std::vector<std::unique_ptr<Call>> calls, const Pace& pace,
         const ProcessCpu& cpu)
      : calls_(std::move(calls)), pace_(pace), cpu_(cpu) {
    if (pace.rate > 0) pacer_.emplace(pace.rate, &queue_);
  }

  absl::StatusOr<Figures> Run() {
    const Clock::time_point start = Clock::now();
    warm_at_ = start + Seconds(pace_.warm_up_s);
    if (pacer_) {
      pacer_->Begin(calls_);
    } else {
      for (const auto& call : calls_) StartNext(call.get());
    }
    while (!done_) {
      Call* const call = NextEnded();
      const absl::Status status = Take(call);
      if (!status.ok()) {
        CancelAll();
        Drain();
        return status;
      }
      if (done_) {
        Drain();
      } else if (pacer_) {
        pacer_->Release(call);
      } else {
        StartNext(call);
      }
    }
    return std::move(figures_);
  }

 private:
  void StartNext(Call* call) {
    ++started_;
    call->Start(Clock::now(), &queue_);
  }

  // Waits for an operation to end.
  Call* NextEnded() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      Call* const call = static_cast<Call*>(tag);
      if (call->Proceed(ok)) {
        ++ended_;
        return call;
      }
    }
    return nullptr;  // the queue is never shut down
  }

  void CancelAll() {
    if (pacer_) pacer_->Stop();
    for (const auto& call : calls_) call->Cancel();
  }

  // Waits until nothing is outstanding.
  void Drain() {
    const uint64_t started = pacer_ ? pacer_->Stop() : started_;
    while (ended_ < started) NextEnded();
  }

  absl::Status Take(Call* call) {
    if (!call->failure().empty()) {
      return absl::InternalError(call->failure());
    }
    const Clock::time_point now = Clock::now();
    if (!measuring_) {
      return now < warm_at_ ? absl::OkStatus() : BeginMeasuring(now);
    }
    ++figures_.operations;
    figures_.results += call->results();
    figures_.latency.Record(NanosFrom(call->due(), now));
    if (call->first_result()) {
      figures_.first_result.Record(
          NanosFrom(call->due(), *call->first_result()));
    }
    const bool stopped = pace_.stop != nullptr && *pace_.stop;
    if (now >= end_at_ || figures_.operations == pace_.most_operations ||
        stopped) {
      return EndMeasuring(now);
    }
    return absl::OkStatus();
  }

  absl::Status BeginMeasuring(Clock::time_point now) {
    KITH_ASSIGN_OR_RETURN(cpu_before_, cpu_.Now());
    client_cpu_before_ = ClientCpuSeconds();
    measuring_ = true;
    begin_ = now;
    end_at_ = now + Seconds(pace_.measured_s);
    return absl::OkStatus();
  }

  absl::Status EndMeasuring(Clock::time_point now) {
    figures_.seconds = std::chrono::duration<double>(now - begin_).count();
    figures_.client_cpu_s = ClientCpuSeconds() - client_cpu_before_;
    if (!cpu_.empty()) {
      KITH_ASSIGN_OR_RETURN(const ProcessCpu::Sample after, cpu_.Now());
      figures_.server_cpu_s =
          static_cast<double>(NanosBetween(cpu_before_, after)) / 1e9;
    }
    done_ = true;
    return absl::OkStatus();
  }

  const std::vector<std::unique_ptr<Call>> calls_;
  const Pace& pace_;
  const ProcessCpu& cpu_;
  grpc::CompletionQueue queue_;
  std::optional<Pacer> pacer_;
  uint64_t started_ = 0;
  uint64_t ended_ = 0;
  bool measuring_ = false;
  bool done_ = false;
  Clock::time_point warm_at_;
  Clock::time_point begin_;
  Clock::time_point end_at_;
  ProcessCpu::Sample cpu_before_;
  double client_cpu_before_ = 0;
  Figures figures_;
};

}  // namespace

absl::StatusOr<Figures> Measure(std::vector<std::unique_ptr<Call>> calls,
                                const Pace& pace, const ProcessCpu& cpu) {
  return Runner(std::move(calls), pace, cpu).Run();
}

}  // namespace kith::bench
