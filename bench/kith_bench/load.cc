#include "kith_bench/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/status_macros.h"
#include "tools/kith/convert.h"

namespace kith::bench {
namespace {

using tool::ToProto;

// Relationships in a message and in a commit.
constexpr uint64_t kMessage = 1000;
constexpr uint64_t kCommit = 100'000;

absl::Status ToError(const grpc::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(fmt::format("{}: {}", what, Describe(status)));
}

// One commit of the relationships from `begin` to before `end`.
grpc::Status Import(const Workload& workload, uint64_t begin, uint64_t end,
                    Server* server) {
  grpc::ClientContext context;
  server->Prepare(&context);
  v1::ImportBulkRelationshipsResponse response;
  const auto writer =
      server->permissions(0)->ImportBulkRelationships(&context, &response);
  v1::ImportBulkRelationshipsRequest request;
  bool sent = true;
  while (begin < end && sent) {
    request.clear_relationships();
    const uint64_t message_end = std::min(end, begin + kMessage);
    for (; begin < message_end; ++begin) {
      ToProto(workload.At(begin), request.add_relationships());
    }
    sent = writer->Write(request);
  }
  writer->WritesDone();
  return writer->Finish();
}

// The types that a schema in text defines.
std::vector<std::string> DefinedTypes(const std::string& schema) {
  std::vector<std::string> types;
  std::istringstream lines(schema);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    std::string type;
    if (words >> word >> type && word == "definition") types.push_back(type);
  }
  return types;
}

}  // namespace

absl::Status Clear(Server* server) {
  grpc::ClientContext context;
  server->Prepare(&context);
  context.set_wait_for_ready(true);
  v1::ReadSchemaResponse schema;
  const grpc::Status read =
      server->schema()->ReadSchema(&context, v1::ReadSchemaRequest(), &schema);
  if (read.error_code() == grpc::StatusCode::NOT_FOUND) {
    return absl::OkStatus();  // there is no schema yet
  }
  KITH_RETURN_IF_ERROR(ToError(read, "reading the schema"));
  for (const std::string& type : DefinedTypes(schema.schema_text())) {
    grpc::ClientContext delete_context;
    server->Prepare(&delete_context);
    v1::DeleteRelationshipsRequest request;
    request.mutable_relationship_filter()->set_resource_type(type);
    v1::DeleteRelationshipsResponse response;
    KITH_RETURN_IF_ERROR(ToError(
        server->permissions(0)->DeleteRelationships(&delete_context, request,
                                                    &response),
        fmt::format("deleting the relationships of type \"{}\"", type)));
  }
  return absl::OkStatus();
}

absl::Status Load(const Workload& workload, Server* server) {
  grpc::ClientContext context;
  server->Prepare(&context);
  context.set_wait_for_ready(true);
  v1::WriteSchemaRequest request;
  request.set_schema(std::string(workload.schema()));
  v1::WriteSchemaResponse response;
  KITH_RETURN_IF_ERROR(
      ToError(server->schema()->WriteSchema(&context, request, &response),
              "writing the schema"));
  const uint64_t count = workload.relationship_count();
  for (uint64_t begin = 0; begin < count; begin += kCommit) {
    const uint64_t end = std::min(count, begin + kCommit);
    KITH_RETURN_IF_ERROR(ToError(
        Import(workload, begin, end, server),
        fmt::format("loading relationships {} to {} (the server must have "
                    "none of them)",
                    begin, end)));
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
