#include "kith_bench/server.h"

#include <fmt/format.h>

namespace kith::bench {
namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& endpoint) {
  grpc::ChannelArguments arguments;
  // A connection for each channel, not one for all.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace

Server::Server(const Options& options)
    : consistency_(options.consistency),
      authorization_(options.token.empty() ? "" : "Bearer " + options.token),
      timeout_(options.timeout_s) {
  for (int i = 0; i < options.channels; ++i) {
    const auto channel = Connect(options.endpoint);
    permissions_.push_back(v1::PermissionsService::NewStub(channel));
    if (i == 0) schema_ = v1::SchemaService::NewStub(channel);
  }
}

void Server::Prepare(grpc::ClientContext* context) const {
  context->set_deadline(
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          timeout_));
  if (!authorization_.empty()) {
    context->AddMetadata("authorization", authorization_);
  }
}

void Server::SetConsistency(v1::Consistency* consistency) const {
  switch (consistency_) {
    case Consistency::kMinimizeLatency:
      consistency->set_minimize_latency(true);
      return;
    case Consistency::kFully:
      consistency->set_fully_consistent(true);
      return;
    case Consistency::kAtLeast: {
      const MutexLock lock(&mutex_);
      if (newest_.empty()) {
        consistency->set_fully_consistent(true);
      } else {
        consistency->mutable_at_least_as_fresh()->set_token(newest_);
      }
      return;
    }
  }
}

void Server::SawWrite(const std::string& token) {
  if (consistency_ != Consistency::kAtLeast) return;
  const MutexLock lock(&mutex_);
  newest_ = token;
}

std::string Describe(const grpc::Status& status) {
  return fmt::format("status {}: {}", static_cast<int>(status.error_code()),
                     status.error_message());
}

}  // namespace kith::bench
