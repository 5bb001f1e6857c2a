#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "authzed/api/v1/schema_service.grpc.pb.h"
#include "kith/values.h"
#include "property/verdict.h"

namespace kith::differential {

namespace v1 = authzed::api::v1;

// What a server said, without what may rightly differ: tokens, cursors, order,
// messages.
struct Reply {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;   // of an error that has one
  std::string message;  // of an error
  // Of a check: "" to an answer. Of a lookup: ids to answers; of one for
  // subjects "!id" says as how certain the wildcard excludes the id. Of a read:
  // relationships. Of a tree: "" to its normal form.
  std::map<std::string, std::string> values;
  // Parameters that were named as missing, by the same keys.
  std::map<std::string, std::set<std::string>> missing;

  bool ok() const { return code == grpc::StatusCode::OK; }
  std::string ToString() const;
};

inline constexpr char kYes[] = "yes";
inline constexpr char kNo[] = "no";
inline constexpr char kConditional[] = "conditional";

// A server of this API. Each question reads the newest revision and is given up
// after `timeout`. Thread-compatible.
class Endpoint {
 public:
  Endpoint(const std::string& address, std::string key,
           std::chrono::milliseconds timeout);

  // Goes on with another server.
  void Connect(const std::string& address);

  // Deletes all relationships and what the schema has.
  Reply Clear();
  Reply WriteSchema(const std::string& text);
  Reply Write(const std::vector<Relationship>& relationships);

  Reply Check(const property::Question& question);
  // One for each question, or one error for all.
  std::vector<Reply> CheckBulk(
      const std::vector<property::Question>& questions);
  Reply LookupResources(const property::Question& question);
  Reply LookupSubjects(const property::Question& question);
  Reply Expand(const property::Question& question);
  Reply Read(const RelationshipFilter& filter);

  v1::PermissionsService::Stub& permissions() { return *permissions_; }
  v1::SchemaService::Stub& schema() { return *schema_; }
  std::unique_ptr<grpc::ClientContext> NewContext() const;

 private:
  std::unique_ptr<grpc::ClientContext> NewContext(
      std::chrono::milliseconds timeout) const;

  const std::string key_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<v1::PermissionsService::Stub> permissions_;
  std::unique_ptr<v1::SchemaService::Stub> schema_;
};

// Code, reason and message of a call; no values.
Reply ToReply(const grpc::Status& status);

// An answer in words, and what it names as missing, put under `key`.
void SetAnswer(const std::string& key, Permissionship permissionship,
               const v1::PartialCaveatInfo& info, Reply* reply);

}  // namespace kith::differential
