#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "authzed/api/v1/schema_service.grpc.pb.h"
#include "base/mutex.h"
#include "kith_bench/options.h"

namespace kith::bench {

namespace v1 = authzed::api::v1;

// The server that is measured: some connections to it, what every call carries,
// and the token of the newest write. Thread-safe.
class Server {
 public:
  explicit Server(const Options& options);

  // The connection of the call with this number.
  v1::PermissionsService::Stub* permissions(size_t number) const {
    return permissions_[number % permissions_.size()].get();
  }
  v1::SchemaService::Stub* schema() const { return schema_.get(); }

  // Sets token and deadline.
  void Prepare(grpc::ClientContext* context) const;

  // What the options say of the consistency of questions.
  void SetConsistency(v1::Consistency* consistency) const;
  void SawWrite(const std::string& token);

 private:
  const Consistency consistency_;
  const std::string authorization_;  // empty: none
  const std::chrono::duration<double> timeout_;
  std::vector<std::unique_ptr<v1::PermissionsService::Stub>> permissions_;
  std::unique_ptr<v1::SchemaService::Stub> schema_;
  mutable Mutex mutex_;
  std::string newest_ KITH_GUARDED_BY(mutex_);
};

// Code, message and details for people.
std::string Describe(const grpc::Status& status);

}  // namespace kith::bench
