#pragma once

// The bodies that adapt each kind of handler. Included by method_table.h only.

#include <google/protobuf/arena.h>

#include <memory>
#include <utility>

#include "service/method_table.h"

namespace kith::service {
namespace bodies {

// The messages of a call, in an arena that goes with them.
template <typename Request, typename Response>
class Messages : public CallBody {
 public:
  explicit Messages(CallContext* context) : context_(*context) {}

  absl::Status Read(grpc::ByteBuffer* bytes) override {
    return ParseMessage(bytes, request_);
  }

 protected:
  // Tells the sink how making the response went, after serializing it.
  void Finish(absl::Status status, grpc::ByteBuffer* message, CallSink* sink) {
    if (status.ok()) status = SerializeMessage(*response_, message);
    if (status.ok()) {
      sink->Produced(true);
    } else {
      sink->Produced(std::move(status));
    }
  }

  CallContext& context_;
  google::protobuf::Arena arena_;
  Request* request_ = google::protobuf::Arena::CreateMessage<Request>(&arena_);
  Response* response_ =
      google::protobuf::Arena::CreateMessage<Response>(&arena_);
};

template <typename Request, typename Response>
class UnaryBody : public Messages<Request, Response> {
 public:
  UnaryBody(CallContext* context,
            const UnaryHandler<Request, Response>& handler,
            const IsLong<Request>& is_long)
      : Messages<Request, Response>(context),
        handler_(handler),
        is_long_(is_long) {}

  bool IsShort() const override {
    return !is_long_ || !is_long_(*this->request_);
  }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    absl::Status status =
        handler_(this->context_, *this->request_, this->response_);
    if (std::exchange(this->context_.turned_out_long, false)) {
      this->response_->Clear();
      sink->TurnedOutLong();
    } else {
      this->Finish(std::move(status), message, sink);
    }
  }

 private:
  const UnaryHandler<Request, Response>& handler_;
  const IsLong<Request>& is_long_;
};

template <typename Request, typename Response>
class AsyncBody : public Messages<Request, Response> {
 public:
  AsyncBody(CallContext* context,
            const AsyncHandler<Request, Response>& handler)
      : Messages<Request, Response>(context), handler_(handler) {}

  bool IsShort() const override { return true; }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    handler_(this->context_, std::move(*this->request_), this->response_,
             [this, message, sink](absl::Status status) {
               this->Finish(std::move(status), message, sink);
             });
  }

 private:
  const AsyncHandler<Request, Response>& handler_;
};

template <typename Request>
class StreamBody : public CallBody {
 public:
  StreamBody(CallContext* context, const StreamHandler<Request>& handler)
      : context_(*context), handler_(handler) {}

  absl::Status Read(grpc::ByteBuffer* bytes) override {
    return ParseMessage(bytes, &request_);
  }
  bool IsShort() const override { return stream_ && stream_->IsReady(); }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    if (!stream_) {
      auto stream = handler_(context_, request_);
      if (!stream.ok()) return sink->Produced(stream.status());
      stream_ = *std::move(stream);
    }
    bytes_.clear();
    absl::StatusOr<bool> more = stream_->Next(&bytes_);
    if (more.ok() && *more) SetBytes(bytes_, message);
    sink->Produced(std::move(more));
  }

 private:
  CallContext& context_;
  const StreamHandler<Request>& handler_;
  Request request_;
  std::string bytes_;  // of one message after the other
  std::unique_ptr<ResponseStream> stream_;
};

template <typename Request, typename Response>
class LiveBody : public LiveCallBody {
 public:
  LiveBody(CallContext* context, const LiveHandler<Request, Response>& handler)
      : context_(*context), handler_(handler) {}

  absl::Status Read(grpc::ByteBuffer* bytes) override {
    return ParseMessage(bytes, &request_);
  }
  bool IsShort() const override { return false; }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    sink->Produced(Make(message));
  }
  void WakeOnce(std::function<void()> wake) override {
    stream_->WakeOnce(std::move(wake));
  }
  bool CancelWake() override { return stream_->CancelWake(); }
  absl::Status EndFor(LiveEnd why) override { return stream_->EndFor(why); }

 private:
  absl::StatusOr<bool> Make(grpc::ByteBuffer* message) {
    if (!stream_) {
      auto stream = handler_(context_, request_);
      if (!stream.ok()) return stream.status();
      stream_ = *std::move(stream);
    }
    // Not in an arena: the call has no end, and it would only grow.
    Response response;
    absl::StatusOr<bool> more = stream_->Next(&response);
    if (!more.ok() || !*more) return more;
    if (absl::Status status = SerializeMessage(response, message);
        !status.ok()) {
      return status;
    }
    return true;
  }

  CallContext& context_;
  const LiveHandler<Request, Response>& handler_;
  Request request_;
  std::unique_ptr<LiveStream<Response>> stream_;
};

template <typename Request, typename Response>
class ConversationBody : public Messages<Request, Response> {
 public:
  ConversationBody(CallContext* context,
                   const UnaryHandler<Request, Response>& handler)
      : Messages<Request, Response>(context), handler_(handler) {}

  bool IsShort() const override { return true; }
  void EndOfInput() override { ended_ = true; }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    if (ended_) return sink->Produced(false);
    this->response_->Clear();
    this->Finish(handler_(this->context_, *this->request_, this->response_),
                 message, sink);
  }

 private:
  const UnaryHandler<Request, Response>& handler_;
  bool ended_ = false;
};

// Its messages are no part of an arena, which would grow with the stream.
template <typename Request, typename Response>
class RequestStreamBody : public CallBody {
 public:
  explicit RequestStreamBody(
      std::unique_ptr<RequestStream<Request, Response>> stream)
      : stream_(std::move(stream)) {}

  absl::Status Read(grpc::ByteBuffer* bytes) override {
    return ParseMessage(bytes, &request_);
  }
  bool IsShort() const override { return false; }
  void EndOfInput() override { ended_ = true; }
  void Next(grpc::ByteBuffer* message, CallSink* sink) override {
    response_.Clear();
    auto taken = [this, message, sink](absl::StatusOr<bool> send) {
      if (send.ok() && *send) {
        const absl::Status status = SerializeMessage(response_, message);
        if (!status.ok()) send = status;
      }
      sink->Produced(std::move(send));
    };
    if (ended_) {
      stream_->End(&response_, std::move(taken));
    } else {
      stream_->Take(std::move(request_), &response_, std::move(taken));
    }
  }

 private:
  const std::unique_ptr<RequestStream<Request, Response>> stream_;
  Request request_;
  Response response_;
  bool ended_ = false;
};

}  // namespace bodies

template <typename Request, typename Response>
Method& MethodTable::Unary(std::string name,
                           UnaryHandler<Request, Response> handler,
                           IsLong<Request> is_long) {
  return Add(std::move(name), Method::Kind::kUnary,
             [handler = std::move(handler),
              is_long = std::move(is_long)](CallContext* context) {
               return std::make_unique<bodies::UnaryBody<Request, Response>>(
                   context, handler, is_long);
             });
}

template <typename Request, typename Response>
Method& MethodTable::AsyncUnary(std::string name,
                                AsyncHandler<Request, Response> handler) {
  return Add(std::move(name), Method::Kind::kUnary,
             [handler = std::move(handler)](CallContext* context) {
               return std::make_unique<bodies::AsyncBody<Request, Response>>(
                   context, handler);
             });
}

template <typename Request>
Method& MethodTable::ServerStream(std::string name,
                                  StreamHandler<Request> handler) {
  return Add(std::move(name), Method::Kind::kServerStream,
             [handler = std::move(handler)](CallContext* context) {
               return std::make_unique<bodies::StreamBody<Request>>(context,
                                                                    handler);
             });
}

template <typename Request, typename Response>
Method& MethodTable::Live(std::string name,
                          LiveHandler<Request, Response> handler) {
  return Add(std::move(name), Method::Kind::kLiveStream,
             [handler = std::move(handler)](CallContext* context) {
               return std::make_unique<bodies::LiveBody<Request, Response>>(
                   context, handler);
             });
}

template <typename Request, typename Response>
Method& MethodTable::Conversation(std::string name,
                                  UnaryHandler<Request, Response> handler) {
  return Add(
      std::move(name), Method::Kind::kConversation,
      [handler = std::move(handler)](CallContext* context) {
        return std::make_unique<bodies::ConversationBody<Request, Response>>(
            context, handler);
      });
}

template <typename Request, typename Response>
Method& MethodTable::TakeStream(
    std::string name, RequestStreamHandler<Request, Response> handler) {
  return Add(
      std::move(name), Method::Kind::kConversation,
      [handler = std::move(handler)](CallContext* context) {
        return std::make_unique<bodies::RequestStreamBody<Request, Response>>(
            handler(*context));
      });
}

}  // namespace kith::service
