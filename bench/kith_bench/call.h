#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kith_bench/server.h"

namespace kith::bench {

using Clock = std::chrono::steady_clock;

// A place for one operation at a time, used over and over: the operation is a
// call to the server, and what it asks is new each time. Its events come from
// the completion queue with the call as their tag, one outstanding at most.
// Thread-compatible.
class Call {
 public:
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Starts the next operation. `due` is when its latency begins.
  void Start(Clock::time_point due, grpc::CompletionQueue* queue);
  // Takes an event. True: the operation has ended, and what follows is about
  // it.
  virtual bool Proceed(bool ok) = 0;
  // Makes an operation that is under way end soon.
  void Cancel() {
    if (context_) context_->TryCancel();
  }

  Clock::time_point due() const { return due_; }
  // Relationships, subjects, resources or answers that it moved.
  uint64_t results() const { return results_; }
  // Of a stream that had a result.
  std::optional<Clock::time_point> first_result() const { return first_; }
  // Why the run must end: the status or the wrong answer, and the question.
  const std::string& failure() const { return failure_; }

 protected:
  explicit Call(Server* server) : server_(server) {}

  virtual void Send(grpc::CompletionQueue* queue) = 0;
  // What was asked, in words.
  virtual std::string Question() const = 0;

  void AddResults(uint64_t count) { results_ += count; }
  void SawResult() {
    if (!first_) first_ = Clock::now();
    ++results_;
  }
  void Fail(const std::string& why) {
    if (failure_.empty()) failure_ = why + "; asked: " + Question();
  }

  Server* const server_;
  std::optional<grpc::ClientContext> context_;
  grpc::Status status_;

 private:
  Clock::time_point due_;
  uint64_t results_ = 0;
  std::optional<Clock::time_point> first_;
  std::string failure_;
};

inline void Call::Start(Clock::time_point due, grpc::CompletionQueue* queue) {
  due_ = due;
  results_ = 0;
  first_.reset();
  failure_.clear();
  context_.emplace();
  server_->Prepare(&*context_);
  Send(queue);
}

// One request, one response.
template <typename Request, typename Response>
class UnaryCall : public Call {
 protected:
  using Reader = grpc::ClientAsyncResponseReader<Response>;
  using Method = std::unique_ptr<Reader> (v1::PermissionsService::Stub::*)(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  UnaryCall(Server* server, size_t number, Method method)
      : Call(server), stub_(server->permissions(number)), method_(method) {}

  // Makes the next request of the last one.
  virtual void Ask(Request* request) = 0;
  virtual void Take(const Response& response) = 0;

 private:
  void Send(grpc::CompletionQueue* queue) override {
    Ask(&request_);
    reader_ = (stub_->*method_)(&*context_, request_, queue);
    reader_->Finish(&response_, &status_, this);
  }

  bool Proceed(bool ok) override {
    reader_.reset();  // It lives in the context, which the next Start replaces.
    if (status_.ok()) {
      Take(response_);
    } else {
      Fail(Describe(status_));
    }
    return true;
  }

  v1::PermissionsService::Stub* const stub_;
  const Method method_;
  Request request_;
  Response response_;
  std::unique_ptr<Reader> reader_;
};

// One request, a stream of responses.
template <typename Request, typename Response>
class StreamCall : public Call {
 protected:
  using Reader = grpc::ClientAsyncReader<Response>;
  using Method = std::unique_ptr<Reader> (v1::PermissionsService::Stub::*)(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  StreamCall(Server* server, size_t number, Method method)
      : Call(server), stub_(server->permissions(number)), method_(method) {}

  virtual void Ask(Request* request) = 0;
  virtual void Take(const Response& response) = 0;
  // All that came was taken.
  virtual void TakeEnd() = 0;

 private:
  enum class State { kReading, kFinishing };

  void Send(grpc::CompletionQueue* queue) override {
    Ask(&request_);
    state_ = State::kReading;
    is_first_event_ = true;
    // Started once all is in place: the event may be taken by another thread.
    reader_ = (stub_->*method_)(&*context_, request_, queue);
    reader_->StartCall(this);
  }

  bool Proceed(bool ok) override {
    if (state_ == State::kFinishing) {
      reader_.reset();  // as of UnaryCall
      if (status_.ok()) {
        TakeEnd();
      } else {
        Fail(Describe(status_));
      }
      return true;
    }
    if (ok) {
      if (!std::exchange(is_first_event_, false)) Take(response_);
      reader_->Read(&response_, this);
    } else {
      state_ = State::kFinishing;
      reader_->Finish(&status_, this);
    }
    return false;
  }

  v1::PermissionsService::Stub* const stub_;
  const Method method_;
  Request request_;
  Response response_;
  State state_ = State::kReading;
  bool is_first_event_ = true;  // which is that the call was sent
  std::unique_ptr<Reader> reader_;
};

}  // namespace kith::bench
