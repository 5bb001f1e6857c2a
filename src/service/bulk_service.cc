#include "service/bulk_service.h"

#include <string>
#include <utility>

#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/import_stream.h"

namespace kith::service {
namespace {

// Clients take messages of 4 MiB by default. The rest is for the cursor.
constexpr uint64_t kMaxExportBytes = (4u << 20) - (64u << 10);

// Pages of the database, all read at the revision of the first, one a message.
template <typename Response>
class ExportStream : public ResponseStream<Response> {
 public:
  ExportStream(Database* database, ExportRequest request)
      : database_(*database), request_(std::move(request)) {}

  bool IsReady() const override { return false; }

  absl::StatusOr<bool> Next(Response* response) override {
    if (done_) return false;
    KITH_ASSIGN_OR_RETURN(ExportPage page, database_.Export(request_));
    done_ = !page.more;
    if (page.relationships.empty()) return false;
    for (const Relationship& relationship : page.relationships) {
      ToProto(relationship, response->add_relationships());
    }
    request_.cursor = page.cursor;
    response->mutable_after_result_cursor()->set_token(std::move(page.cursor));
    return true;
  }

 private:
  Database& database_;
  ExportRequest request_;
  bool done_ = false;
};

template <typename Request>
absl::StatusOr<ExportRequest> ToExportRequest(const Request& in) {
  ExportRequest out;
  KITH_ASSIGN_OR_RETURN(out.consistency, ToConsistency(in.consistency()));
  if (in.has_optional_relationship_filter()) {
    KITH_ASSIGN_OR_RETURN(out.filter,
                          ToFilter(true, in.optional_relationship_filter(),
                                   "optional_relationship_filter"));
  }
  if (in.has_optional_cursor() && in.optional_cursor().token().empty()) {
    return MissingValue("optional_cursor.token");
  }
  out.cursor = in.optional_cursor().token();
  out.limit = in.optional_limit();
  out.max_bytes = kMaxExportBytes;
  return out;
}

template <typename Request, typename Response>
void AddImport(Database* database, std::string name, MethodTable* methods) {
  methods->TakeStream<Request, Response>(
      std::move(name), [database](CallContext& context) {
        context.operations = 1;
        return std::make_unique<AtomicImport<Request, Response>>(database);
      });
}

template <typename Request, typename Response>
void AddExport(Database* database, std::string name, MethodTable* methods) {
  methods->ServerStream<Request, Response>(
      std::move(name),
      [database](CallContext& context, const Request& in)
          -> absl::StatusOr<std::unique_ptr<ResponseStream<Response>>> {
        context.operations = 1;
        KITH_ASSIGN_OR_RETURN(ExportRequest request, ToExportRequest(in));
        return std::make_unique<ExportStream<Response>>(database,
                                                        std::move(request));
      });
}

}  // namespace

void AddBulkMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.PermissionsService/";
  const std::string older = "/authzed.api.v1.ExperimentalService/";
  AddImport<wire::ImportBulkRelationshipsRequest,
            wire::ImportBulkRelationshipsResponse>(
      database, service + "ImportBulkRelationships", methods);
  AddImport<wire::BulkImportRelationshipsRequest,
            wire::BulkImportRelationshipsResponse>(
      database, older + "BulkImportRelationships", methods);
  AddExport<wire::ExportBulkRelationshipsRequest,
            wire::ExportBulkRelationshipsResponse>(
      database, service + "ExportBulkRelationships", methods);
  AddExport<wire::BulkExportRelationshipsRequest,
            wire::BulkExportRelationshipsResponse>(
      database, older + "BulkExportRelationships", methods);
  methods->TakeStream<kith::v1::ImportRelationshipsRequest,
                      kith::v1::ImportRelationshipsResponse>(
      "/kith.v1.BulkService/ImportRelationships",
      [database](CallContext& context) {
        context.operations = 1;
        return NewChunkedImport(database);
      });
}

}  // namespace kith::service
