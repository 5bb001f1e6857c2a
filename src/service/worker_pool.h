#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace kith::service {

// A few threads for work that is too long for the threads that poll. Tasks
// start in the order in which they came. Thread-safe.
class WorkerPool {
 public:
  WorkerPool(int threads, size_t max_waiting);
  // Runs what is waiting, then ends the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and the task is dropped, when `max_waiting` tasks wait already.
  [[nodiscard]] bool Submit(std::function<void()> task);
  // However many wait: for work that is bounded elsewhere.
  void SubmitAlways(std::function<void()> task);

  // Is the calling thread one of a pool?
  static bool OnWorkerThread();

 private:
  bool SubmitIf(bool always, std::function<void()> task);
  void Run();

  const size_t max_waiting_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ KITH_GUARDED_BY(mutex_);
  bool stopping_ KITH_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace kith::service
