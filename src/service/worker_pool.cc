#include "service/worker_pool.h"

namespace kith::service {
namespace {

thread_local bool on_worker_thread = false;

}  // namespace

WorkerPool::WorkerPool(int threads, size_t max_waiting)
    : max_waiting_(max_waiting) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Submit(std::function<void()> task) {
  return SubmitIf(false, std::move(task));
}

void WorkerPool::SubmitAlways(std::function<void()> task) {
  SubmitIf(true, std::move(task));
}

bool WorkerPool::SubmitIf(bool always, std::function<void()> task) {
  {
    MutexLock lock(&mutex_);
    if (!always && waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(task));
  }
  changed_.NotifyOne();
  return true;
}

bool WorkerPool::OnWorkerThread() { return on_worker_thread; }

void WorkerPool::Run() {
  on_worker_thread = true;
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      while (waiting_.empty() && !stopping_) changed_.Wait(lock);
      if (waiting_.empty()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task();
  }
}

}  // namespace kith::service
