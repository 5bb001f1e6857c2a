#include "service/call_queue.h"

#include <grpc/support/time.h>

namespace kith::service {
namespace {

thread_local const CallQueue* polled_here = nullptr;

}  // namespace

CallQueue::~CallQueue() {
  if (thread_.joinable()) Shutdown();
}

void CallQueue::StartThread() {
  thread_ = std::thread([this] { Poll(); });
}

bool CallQueue::OnThread() const { return polled_here == this; }

void CallQueue::Post(Tag* tag) {
  MutexLock lock(&mutex_);
  posted_.push_back(tag);
  if (posted_.size() == 1) {
    // A time that has passed: "now" would be rounded up to a millisecond.
    alarm_.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), &waker_);
  }
}

void CallQueue::AddCall() {
  MutexLock lock(&mutex_);
  ++calls_;
}

void CallQueue::RemoveCall() {
  MutexLock lock(&mutex_);
  if (--calls_ == 0) idle_.NotifyAll();
}

void CallQueue::WaitUntilIdle() {
  MutexLock lock(&mutex_);
  while (calls_ != 0) idle_.Wait(lock);
}

void CallQueue::Shutdown() {
  queue_->Shutdown();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    Poll();  // Never started: a queue must be drained all the same.
  }
}

void CallQueue::Poll() {
  polled_here = this;
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Tag*>(tag)->OnEvent(ok);
  polled_here = nullptr;
}

void CallQueue::RunPosted() {
  std::vector<Tag*> posted;
  {
    MutexLock lock(&mutex_);
    posted.swap(posted_);
  }
  for (Tag* tag : posted) tag->OnEvent(true);
}

}  // namespace kith::service
