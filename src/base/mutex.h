#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define KITH_TSA(x) __attribute__((x))
#else
#define KITH_TSA(x)
#endif
#define KITH_GUARDED_BY(x) KITH_TSA(guarded_by(x))
#define KITH_REQUIRES(...) KITH_TSA(requires_capability(__VA_ARGS__))
#define KITH_EXCLUDES(...) KITH_TSA(locks_excluded(__VA_ARGS__))

namespace kith {

// std::mutex with the annotations of clang's thread-safety analysis. The
// standard one, because the thread sanitizer knows it.
class KITH_TSA(capability("mutex")) Mutex {
 public:
  void lock() KITH_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() KITH_TSA(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class KITH_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) KITH_TSA(acquire_capability(mutex))
      : lock_(mutex->native()) {}
  ~MutexLock() KITH_TSA(release_capability()) {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // The lock that CondVar waits with.
  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

// A condition variable that waits on a held MutexLock.
class CondVar {
 public:
  void Wait(MutexLock& lock) { cv_.wait(lock.native()); }
  template <typename Rep, typename Period>
  bool WaitFor(MutexLock& lock,
               const std::chrono::duration<Rep, Period>& timeout) {
    return cv_.wait_for(lock.native(), timeout) == std::cv_status::no_timeout;
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace kith
