#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "service/live_calls.h"
#include "service/tag.h"

namespace kith::service {

// A completion queue and the one thread that polls it. All state of a call is
// touched on the thread of its queue only; other threads hand results over by
// Post(). Post() is thread-safe.
class CallQueue {
 public:
  explicit CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
      : queue_(std::move(queue)) {}
  ~CallQueue();

  grpc::ServerCompletionQueue* get() { return queue_.get(); }
  void StartThread();
  // Is the caller the thread that polls this queue?
  bool OnThread() const;
  // Runs `tag` on the queue's thread. Posts made before it wakes share one
  // wake-up. Not after Shutdown.
  void Post(Tag* tag);
  // A call that was matched, from here until it is gone. A call may outlive
  // what gRPC knows of it: its caller went away, its handler is still at work.
  void AddCall();
  void RemoveCall();
  LiveCalls& live_calls() { return live_calls_; }
  // Returns when no call is left; no new one may be matched meanwhile.
  void WaitUntilIdle();
  // Ends the thread when all operations are done. No operation may start later,
  // so the queue must be idle.
  void Shutdown();

 private:
  class Waker final : public Tag {
   public:
    explicit Waker(CallQueue* queue) : queue_(queue) {}
    void OnEvent(bool ok) override { queue_->RunPosted(); }

   private:
    CallQueue* queue_;
  };

  void Poll();
  void RunPosted();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  Waker waker_{this};
  LiveCalls live_calls_{this};
  Mutex mutex_;
  std::vector<Tag*> posted_ KITH_GUARDED_BY(mutex_);
  size_t calls_ KITH_GUARDED_BY(mutex_) = 0;
  CondVar idle_;
  // Set again only after its event arrived, when `posted_` is first filled.
  grpc::Alarm alarm_ KITH_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace kith::service
