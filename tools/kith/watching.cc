#include "tools/kith/watching.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "absl/time/clock.h"
#include "kith/errors.h"
#include "model/value_json.h"
#include "tools/kith/convert.h"

namespace kith::tool {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

bool IsDelete(const v1::RelationshipUpdate& update) {
  return update.operation() == v1::RelationshipUpdate::OPERATION_DELETE;
}

// The server stopped or cannot be reached, or found us too slow.
bool CanResume(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kUnavailable) return true;
  const auto info = GetErrorInfo(status);
  return status.code() == absl::StatusCode::kResourceExhausted &&
         info.has_value() && info->metadata.contains("resume_token");
}

Json JsonOf(const v1::WatchResponse& response) {
  Json json;
  if (!response.updates().empty()) {
    Json& updates = json["updates"] = Json::array();
    for (const v1::RelationshipUpdate& update : response.updates()) {
      Json one = {{"operation", IsDelete(update) ? "delete" : "touch"}};
      one.update(tool::JsonOf(FromProto(update.relationship())));
      updates.push_back(std::move(one));
    }
  }
  if (response.has_optional_transaction_metadata()) {
    json["metadata"] =
        tool::JsonOf(FromProto(response.optional_transaction_metadata()));
  }
  if (response.schema_updated()) json["schema_updated"] = true;
  if (response.is_checkpoint()) json["checkpoint"] = true;
  json["token"] = response.changes_through().token();
  return json;
}

}  // namespace

void WatchStop::Stop() {
  MutexLock lock(&mutex_);
  stopped_ = true;
  if (context_ != nullptr) context_->TryCancel();
  changed_.NotifyAll();
}

bool WatchStop::stopped() const {
  MutexLock lock(&mutex_);
  return stopped_;
}

void WatchStop::SetStream(grpc::ClientContext* context) {
  MutexLock lock(&mutex_);
  context_ = context;
  if (stopped_ && context_ != nullptr) context_->TryCancel();
}

void WatchStop::Sleep(absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  MutexLock lock(&mutex_);
  while (!stopped_) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    changed_.WaitFor(lock, absl::ToChronoNanoseconds(left));
  }
}

Watching::Watching(Tool& tool, Connection& connection, v1::WatchRequest request,
                   bool show_checkpoints, uint64_t count,
                   std::shared_ptr<WatchStop> stop)
    : tool_(tool),
      connection_(connection),
      request_(std::move(request)),
      show_checkpoints_(show_checkpoints),
      count_(count),
      stop_(std::move(stop)) {}

absl::Status Watching::Run() {
  absl::Duration pause = kFirstPause;
  bool ever_connected = false;
  absl::Status status;
  while (!Done()) {
    status = OneStream();
    ever_connected |= connected_;
    // The first time, a server that cannot be reached is an error.
    if (Done() || !ever_connected || !CanResume(status)) break;
    if (connected_) pause = kFirstPause;
    const std::string& token = request_.optional_start_cursor().token();
    tool_.output.Note(
        fmt::format("interrupted: {}; {}", std::string(status.message()),
                    token.empty() ? "going on from now, changes may be missing"
                                  : "resuming from " + token));
    stop_->Sleep(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
  if (Done()) status = absl::OkStatus();
  if (const std::string& token = request_.optional_start_cursor().token();
      !token.empty()) {
    tool_.output.Note("resume with --since " + token);
  }
  return status;
}

absl::Status Watching::OneStream() {
  connected_ = false;
  const auto context = connection_.NewUnboundedContext();
  stop_->SetStream(context.get());
  const auto stream = connection_.watch().Watch(context.get(), request_);
  v1::WatchResponse response;
  while (!Done() && stream->Read(&response)) {
    connected_ = true;
    Print(response);
    *request_.mutable_optional_start_cursor() = response.changes_through();
  }
  // Otherwise it ended by itself, and says why.
  if (Done()) context->TryCancel();
  const grpc::Status status = stream->Finish();
  stop_->SetStream(nullptr);
  return connection_.ToStatus(status);
}

bool Watching::Done() const {
  return stop_->stopped() || (count_ > 0 && seen_ >= count_) ||
         !tool_.terminal.out.good();
}

void Watching::Print(const v1::WatchResponse& response) {
  seen_ += response.updates_size();
  if (response.is_checkpoint() && !show_checkpoints_) return;
  if (tool_.output.json) {
    tool_.output.Result("", JsonOf(response));
  } else {
    PrintText(response);
  }
  tool_.terminal.out.flush();
}

void Watching::PrintText(const v1::WatchResponse& response) {
  Output& output = tool_.output;
  if (response.has_optional_transaction_metadata()) {
    output.Raw(fmt::format(
        "# metadata {}\n",
        ToJson(FromProto(response.optional_transaction_metadata()))));
  }
  for (const v1::RelationshipUpdate& update : response.updates()) {
    output.Raw(fmt::format("{} {}\n", IsDelete(update) ? '-' : '+',
                           FromProto(update.relationship()).ToString()));
  }
  if (response.schema_updated()) output.Raw("# schema\n");
  if (response.is_checkpoint()) {
    output.Raw(
        fmt::format("# checkpoint {}\n", response.changes_through().token()));
  }
}

}  // namespace kith::tool
