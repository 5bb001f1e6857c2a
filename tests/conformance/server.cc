#include <stdexcept>

#include "conformance/conformance.h"
#include "schema/schema.h"
#include "support/remote_database.h"
#include "support/server_process.h"

// The rules of this folder, held against a kithd over gRPC: one for all files,
// which must forget each before it gets the next.

namespace kith::conformance {
namespace {

void Require(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

class Server : public Target {
 public:
  Server() {
    process_.Start();
    auto db = support::ConnectDatabase(process_.address(),
                                       support::ServerProcess::kKey);
    Require(db.status());
    db_ = *std::move(db);
  }

  Database& Empty() override {
    const auto schema = db_->ReadSchema();
    if (absl::IsNotFound(schema.status())) return *db_;
    Require(schema.status());
    const auto compiled = schema::Compile(schema->text);
    Require(compiled.status());
    for (const auto& definition : (*compiled)->definitions()) {
      DeleteRequest request;
      request.filter.resource_type = definition.name;
      Require(db_->DeleteByFilter(request).status());
    }
    Require(db_->WriteSchema("definition nothing {}").status());
    return *db_;
  }

 private:
  support::ServerProcess process_;
  std::unique_ptr<Database> db_;
};

INSTANTIATE_TEST_SUITE_P(OverGrpc, ConformanceTest,
                         testing::Values(TargetKind{
                             "Server",
                             []() -> std::unique_ptr<Target> {
                               return std::make_unique<Server>();
                             }}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace kith::conformance
