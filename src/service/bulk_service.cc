#include "service/bulk_service.h"

#include <string>
#include <utility>

#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/import_stream.h"
#include "service/wire_writer.h"

namespace kith::service {
namespace {

// Clients take messages of 4 MiB by default. The rest is for the cursor.
constexpr uint64_t kMaxExportBytes = (4u << 20) - (64u << 10);

// Pages of the database, all read at the revision of the first, one a message.
// Of both names: the messages are the same on the wire.
class ExportStream : public ResponseStream {
 public:
  ExportStream(Database* database, ExportRequest request)
      : database_(*database), request_(std::move(request)) {}

  bool IsReady() const override { return false; }

  absl::StatusOr<bool> Next(std::string* message) override {
    if (done_) return false;
    KITH_ASSIGN_OR_RETURN(ExportPage page, database_.Export(request_));
    done_ = !page.more;
    if (page.relationships.empty()) return false;
    WireWriter writer(message);
    writer.TokenMessage(Response::kAfterResultCursorFieldNumber, page.cursor);
    for (const Relationship& relationship : page.relationships) {
      writer.RelationshipMessage(Response::kRelationshipsFieldNumber,
                                 relationship);
    }
    request_.cursor = std::move(page.cursor);
    return true;
  }

 private:
  using Response = wire::ExportBulkRelationshipsResponse;
  using Older = wire::BulkExportRelationshipsResponse;
  static_assert(int{Response::kAfterResultCursorFieldNumber} ==
                int{Older::kAfterResultCursorFieldNumber});
  static_assert(int{Response::kRelationshipsFieldNumber} ==
                int{Older::kRelationshipsFieldNumber});

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

template <typename Request>
void AddExport(Database* database, std::string name, MethodTable* methods) {
  methods->ServerStream<Request>(
      std::move(name),
      [database](CallContext& context, const Request& in)
          -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
        context.operations = 1;
        KITH_ASSIGN_OR_RETURN(ExportRequest request, ToExportRequest(in));
        return std::make_unique<ExportStream>(database, std::move(request));
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
  AddExport<wire::ExportBulkRelationshipsRequest>(
      database, service + "ExportBulkRelationships", methods);
  AddExport<wire::BulkExportRelationshipsRequest>(
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
