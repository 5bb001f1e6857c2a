#include "service/resource_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "service/convert.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

using Response = wire::LookupResourcesResponse;

class FoundResources : public ResponseStream<Response> {
 public:
  explicit FoundResources(std::unique_ptr<ResourceStream> stream)
      : stream_(std::move(stream)) {}

  bool IsReady() const override { return next_ < batch_.size(); }

  absl::StatusOr<bool> Next(Response* response) override {
    if (!IsReady()) {
      KITH_ASSIGN_OR_RETURN(batch_, stream_->Next());
      next_ = 0;
      if (batch_.empty()) return false;
    }
    FoundResource& found = batch_[next_++];
    response->mutable_looked_up_at()->set_token(stream_->looked_up_at());
    response->set_resource_object_id(std::move(found.id));
    response->set_permissionship(ToLookupProto(found.permissionship));
    if (found.permissionship == Permissionship::kConditional) {
      auto* info = response->mutable_partial_caveat_info();
      for (std::string& name : found.missing_context) {
        info->add_missing_required_context(std::move(name));
      }
    }
    response->mutable_after_result_cursor()->set_token(std::move(found.cursor));
    return true;
  }

 private:
  const std::unique_ptr<ResourceStream> stream_;
  std::vector<FoundResource> batch_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResponseStream<Response>>> StreamResources(
    Database* database, const wire::LookupResourcesRequest& in) {
  LookupResourcesRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  request.resource_type = in.resource_object_type();
  request.permission = in.permission();
  KITH_ASSIGN_OR_RETURN(request.subject,
                        ToSubject(in.has_subject(), in.subject(), "subject"));
  KITH_ASSIGN_OR_RETURN(request.context, ToStruct(in.context(), "context"));
  request.limit = in.optional_limit();
  if (in.has_optional_cursor() && in.optional_cursor().token().empty()) {
    return MissingValue("optional_cursor.token");
  }
  request.cursor = in.optional_cursor().token();
  KITH_ASSIGN_OR_RETURN(auto stream, database->LookupResources(request));
  return std::make_unique<FoundResources>(std::move(stream));
}

}  // namespace kith::service
