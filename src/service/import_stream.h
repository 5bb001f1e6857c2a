#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/database.h"
#include "kith/v1/bulk_service.pb.h"
#include "service/convert.h"
#include "service/method_table.h"

namespace kith::service {

using RepeatedRelationships =
    google::protobuf::RepeatedPtrField<wire::Relationship>;

// The values of `in`; the first is `first_index` in the request.
absl::StatusOr<std::vector<Relationship>> ToRelationships(
    const RepeatedRelationships& in, uint64_t first_index);

// The whole stream is one commit: ImportBulkRelationships under its two names.
template <typename Request, typename Response>
class AtomicImport : public RequestStream<Request, Response> {
 public:
  using Taken = typename RequestStream<Request, Response>::Taken;

  explicit AtomicImport(Database* database)
      : importer_(database->NewImport({.mode = ImportMode::kCreate})) {}

  void Take(Request&& request, Response* response, Taken taken) override {
    taken(Add(request));
  }

  void End(Response* response, Taken taken) override {
    importer_->CommitAsync([response, taken = std::move(taken)](
                               const absl::StatusOr<ImportResult>& result) {
      if (!result.ok()) return taken(result.status());
      response->set_num_loaded(result->loaded);
      taken(true);
    });
  }

 private:
  // False: there is no answer before the end.
  absl::StatusOr<bool> Add(const Request& request) {
    auto relationships = ToRelationships(request.relationships(), taken_);
    if (!relationships.ok()) return relationships.status();
    taken_ += relationships->size();
    const absl::Status added = importer_->Add(*std::move(relationships));
    if (!added.ok()) return added;
    return false;
  }

  const std::unique_ptr<Importer> importer_;
  uint64_t taken_ = 0;
};

// Each message is one commit: BulkService.
std::unique_ptr<RequestStream<kith::v1::ImportRelationshipsRequest,
                              kith::v1::ImportRelationshipsResponse>>
NewChunkedImport(Database* database);

}  // namespace kith::service
