#include "service/call.h"

#include <fmt/format.h>

#include <string>

#include "absl/time/clock.h"
#include "service/status.h"

namespace kith::service {
namespace {

// Parsing more than this is not short work.
constexpr size_t kLargeMessageBytes = 16 << 10;
// A request id longer than this is not echoed.
constexpr size_t kMaxRequestIdBytes = 256;

constexpr char kAuthorization[] = "authorization";
constexpr char kRequestId[] = "x-request-id";
constexpr char kRequestTrace[] = "io.spicedb.requestdebuginfo";
constexpr char kTrailerRequestId[] = "io.spicedb.respmeta.requestid";

// Of every call, and gRPC takes strings: made once.
struct CountTrailers {
  const std::string operations =
      "io.spicedb.respmeta.dispatchedoperationscount";
  const std::string cached = "io.spicedb.respmeta.cachedoperationscount";
  const std::string zero = "0";
};

const CountTrailers& Trailers() {
  static const auto* const trailers = new CountTrailers;
  return *trailers;
}

std::string_view FindMetadata(const grpc::ServerContext& context,
                              const char* key) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(key);
  if (it == metadata.end()) return {};
  return {it->second.data(), it->second.size()};
}

absl::Time DeadlineOf(const grpc::ServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteFuture();
  }
  return absl::FromChrono(deadline);
}

}  // namespace

Call::Call(const CallEnvironment& environment, CallQueue* queue,
           const Method* method, const WaitForNext& wait_for_next)
    : method_(method),
      queue_(queue),
      environment_(environment),
      wait_for_next_(wait_for_next) {}

void Call::WatchCancellation() {
  context().AsyncNotifyWhenDone(&cancelled_);
  watching_cancellation_ = true;
}

void Call::OnMatched(bool ok) {
  if (!ok) {  // The server is shutting down; no other event will come.
    delete this;
    return;
  }
  queue_->AddCall();
  wait_for_next_();
  started_ = absl::Now();
  if (const absl::Status status = Admit(); !status.ok()) {
    End(status);
    return;
  }
  if (method_ != nullptr) body_ = method_->make_body(&call_context_);
  ReceiveOrBegin();
}

absl::Status Call::Admit() {
  const bool needs_key = method_ == nullptr || method_->needs_key;
  if (needs_key && environment_.authenticator != nullptr) {
    absl::Status status = environment_.authenticator->Authenticate(
        FindMetadata(context(), kAuthorization));
    if (!status.ok()) return status;
  }
  call_context_.wants_trace =
      context().client_metadata().contains(kRequestTrace);
  call_context_.deadline = DeadlineOf(context());
  if (started_ >= call_context_.deadline) {
    return absl::DeadlineExceededError("the deadline passed before the start");
  }
  return absl::OkStatus();
}

void Call::OnReceived(bool ok) {
  if (ok) {
    Begin();
  } else {
    InputEnded();
  }
}

void Call::Begin() {
  const auto parse_and_go = [this] {
    if (absl::Status status = body_->Read(&message_); !status.ok()) {
      Produced(std::move(status));
    } else {
      Produce();
    }
  };
  if (message_.Length() > kLargeMessageBytes) {
    RunOnWorker(parse_and_go);
  } else {
    parse_and_go();
  }
}

void Call::Produce() {
  if (WorkerPool::OnWorkerThread()) {
    call_context_.must_be_short = false;
    body_->Next(&message_, this);
  } else if (body_->IsShort()) {
    call_context_.must_be_short = true;
    body_->Next(&message_, this);
  } else {
    TurnedOutLong();
  }
}

void Call::TurnedOutLong() {
  RunOnWorker([this] { Produce(); });
}

void Call::RunOnWorker(std::function<void()> work) {
  auto unless_late = [this, work = std::move(work)] {
    if (call_context_.cancelled) {
      Produced(absl::CancelledError("the caller went away"));
    } else if (absl::Now() >= call_context_.deadline) {
      Produced(absl::DeadlineExceededError("the deadline passed in the queue"));
    } else {
      work();
    }
  };
  if (method_->kind == Method::Kind::kLiveStream) {
    // Each has one task at a time, and how many there are is limited.
    environment_.workers->SubmitAlways(std::move(unless_late));
    return;
  }
  if (!environment_.workers->Submit(std::move(unless_late))) {
    Produced(absl::ResourceExhaustedError("too many calls wait for a worker"));
  }
}

void Call::Produced(absl::StatusOr<bool> more) {
  result_ = std::move(more);
  if (queue_->OnThread()) {
    OnProduced(true);
  } else {
    queue_->Post(&produced_);
  }
}

void Call::OnProduced(bool) {
  if (!result_.ok()) {
    End(result_.status());
  } else if (!*result_) {
    NothingToSend();
  } else {
    Send();
  }
}

void Call::OnSent(bool ok) {
  if (ok && !call_context_.cancelled) {
    GoOn();
  } else {
    End(absl::CancelledError("the caller went away"));
  }
}

void Call::OnStillThere(bool ok) {
  if (ok) {
    ProduceLast();
  } else {
    End(absl::CancelledError("the caller went away"));
  }
}

void Call::ProduceLast() {
  body_->EndOfInput();
  Produce();
}

void Call::End(const absl::Status& status) {
  AddTrailer(status.code());
  Finish(ToGrpcStatus(status));
}

void Call::AddTrailer(absl::StatusCode code) {
  code_ = code;
  const std::string_view request_id = FindMetadata(context(), kRequestId);
  if (!request_id.empty() && request_id.size() <= kMaxRequestIdBytes) {
    context().AddTrailingMetadata(kRequestId, std::string(request_id));
    context().AddTrailingMetadata(kTrailerRequestId, std::string(request_id));
  }
  const CountTrailers& names = Trailers();
  context().AddTrailingMetadata(names.operations,
                                std::to_string(call_context_.operations));
  context().AddTrailingMetadata(names.cached, names.zero);
}

void Call::OnCancelled(bool) {
  watching_cancellation_ = false;
  if (context().IsCancelled()) {
    call_context_.cancelled = true;
    if (!is_finished_) Cancelled();
  }
  DeleteWhenDone();
}

void Call::OnFinished(bool) {
  is_finished_ = true;
  if (environment_.on_finished) {
    environment_.on_finished({method_ == nullptr ? "" : method_->name, code_,
                              absl::Now() - started_});
  }
  DeleteWhenDone();
}

void Call::DeleteWhenDone() {
  if (!is_finished_ || watching_cancellation_ || !MayGo()) return;
  queue_->RemoveCall();
  delete this;
}

void UnaryCall::Send() {
  AddTrailer(absl::StatusCode::kOk);
  stream_.Finish(OutgoingBytes{&message_}, grpc::Status::OK, &finished_);
}

void UnaryCall::Finish(const grpc::Status& status) {
  stream_.FinishWithError(status, &finished_);
}

void StreamCall::Send() {
  grpc::WriteOptions options;
  // A message that another follows at once may wait for it in the buffer; not
  // the first, which carries the header that nothing else would send.
  if (began_ && IsNextShort()) options.set_buffer_hint();
  began_ = true;
  stream_.Write(OutgoingBytes{&message_}, options, &sent_);
}

void StreamCall::Finish(const grpc::Status& status) {
  stream_.Finish(status, &finished_);
}

void ConversationCall::Send() {
  began_ = true;
  stream_.Write(OutgoingBytes{&message_}, &sent_);
}

void ConversationCall::NothingToSend() {
  if (input_ended_) {
    End(absl::OkStatus());
  } else {
    ReceiveOrBegin();
  }
}

// gRPC says the same of a caller that has no more messages and of one that
// went away, whose request must not be taken for complete. But nothing can be
// sent to the latter: both directions of its stream are closed before the end
// of the one is told. So the header, while it is still to be sent, decides.
void ConversationCall::InputEnded() {
  input_ended_ = true;
  if (began_) {
    ProduceLast();
  } else {
    stream_.SendInitialMetadata(&still_there_);
  }
}

void UnknownCall::ReceiveOrBegin() {
  End(absl::UnimplementedError(
      fmt::format("\"{}\" is not served", context_.method())));
}

}  // namespace kith::service
