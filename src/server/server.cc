#include "server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "kith/database.h"
#include "server/tls.h"
#include "service/bulk_service.h"
#include "service/check_service.h"
#include "service/experimental_service.h"
#include "service/health_service.h"
#include "service/lookup_service.h"
#include "service/reflection_service.h"
#include "service/relationship_service.h"
#include "service/rpc_server.h"
#include "service/schema_service.h"
#include "service/watch_service.h"

namespace kith::server {
namespace {

class ServerImpl : public Server {
 public:
  ServerImpl(const Settings& settings, Logger* logger)
      : settings_(settings), logger_(logger) {}
  ~ServerImpl() override { Stop(); }

  absl::Status Start(const std::string& version);
  const std::vector<std::string>& addresses() const override {
    return addresses_;
  }
  void ReportDraining() override { health_.set_serving(false); }
  void Stop() override;

 private:
  service::MethodTable Methods();
  absl::StatusOr<service::RpcServerOptions> RpcOptions();
  void LogCall(const service::CallRecord& record);

  const Settings settings_;
  Logger* const logger_;
  service::HealthState health_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<service::RpcServer> rpc_;
  std::vector<std::string> addresses_;
};

absl::Status ServerImpl::Start(const std::string& version) {
  KITH_ASSIGN_OR_RETURN(service::RpcServerOptions options, RpcOptions());
  for (const auto& listener : options.listeners) {
    addresses_.push_back(listener.address);
  }
  Options database = settings_.database;
  database.warn = [logger = logger_](std::string_view warning) {
    logger->Log(LogLevel::kWarning, warning);
  };
  KITH_ASSIGN_OR_RETURN(database_, Database::Open(database));
  auto rpc = service::RpcServer::Start(std::move(options), Methods());
  if (!rpc.ok() && !settings_.tls_cert.empty()) {
    // gRPC looks at the key only now, and does not say what was wrong.
    return absl::UnavailableError(
        fmt::format("{} Or do --tls-cert and --tls-key not match?",
                    std::string(rpc.status().message())));
  }
  KITH_ASSIGN_OR_RETURN(rpc_, std::move(rpc));
  std::string& tcp = addresses_.front();
  tcp = fmt::format("{}:{}", tcp.substr(0, tcp.rfind(':')), rpc_->ports()[0]);
  logger_->Log(
      LogLevel::kInfo, "serving",
      {{"address", fmt::format("{}", fmt::join(addresses_, ","))},
       {"data",
        settings_.database.in_memory ? "(memory)" : settings_.database.path},
       {"revision", fmt::format("{}", database_->Stats().head_revision)},
       {"tls", settings_.tls_cert.empty() ? "off" : "on"},
       {"auth", settings_.insecure ? "off" : "preshared-key"},
       {"version", version}});
  return absl::OkStatus();
}

service::MethodTable ServerImpl::Methods() {
  service::MethodTable methods;
  service::AddCheckMethods(database_.get(), &methods);
  service::AddLookupMethods(database_.get(), &methods);
  service::AddRelationshipMethods(database_.get(), &methods);
  service::AddBulkMethods(database_.get(), &methods);
  service::AddExperimentalMethods(database_.get(), &methods);
  service::AddSchemaMethods(database_.get(), &methods);
  service::AddWatchMethods(database_.get(), &methods);
  service::AddHealthMethods(&health_, &methods);
  service::AddReflectionMethods(&methods);
  return methods;
}

absl::StatusOr<service::RpcServerOptions> ServerImpl::RpcOptions() {
  const uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  service::RpcServerOptions options;
  KITH_ASSIGN_OR_RETURN(auto credentials, MakeCredentials(settings_));
  options.listeners.push_back({settings_.grpc_addr, std::move(credentials)});
  if (!settings_.unix_socket.empty()) {
    options.listeners.push_back(
        {"unix:" + settings_.unix_socket, grpc::InsecureServerCredentials()});
  }
  // Not one for each core: commits, compaction and long calls need some, and
  // polling threads that only wake each other double the cost of a call
  // (bench/README.md).
  options.queues = static_cast<int>(
      settings_.queues == 0 ? std::max(1u, cores / 2) : settings_.queues);
  options.workers = static_cast<int>(
      settings_.workers == 0 ? std::max(4u, 2 * cores) : settings_.workers);
  options.max_waiting_calls = settings_.max_waiting_calls;
  options.max_message_bytes = settings_.max_message_bytes;
  options.stall_timeout = settings_.watch_stall_timeout;
  if (!settings_.insecure) {
    options.authenticator =
        std::make_unique<service::Authenticator>(settings_.preshared_keys);
  }
  if (logger_->IsOn(LogLevel::kDebug)) {
    options.on_finished = [this](const service::CallRecord& record) {
      LogCall(record);
    };
  }
  return options;
}

void ServerImpl::LogCall(const service::CallRecord& record) {
  logger_->Log(LogLevel::kDebug, "call",
               {{"method", record.method.empty() ? "(unknown)" : record.method},
                {"code", absl::StatusCodeToString(record.code)},
                {"duration", absl::FormatDuration(record.duration)}});
}

void ServerImpl::Stop() {
  ReportDraining();
  if (rpc_) rpc_->Shutdown(settings_.drain_timeout);
  rpc_.reset();
  database_.reset();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const Settings& settings, const std::string& version, Logger* logger) {
  auto server = std::make_unique<ServerImpl>(settings, logger);
  KITH_RETURN_IF_ERROR(server->Start(version));
  return server;
}

}  // namespace kith::server
