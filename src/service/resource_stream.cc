#include "service/resource_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "service/convert.h"
#include "service/struct_convert.h"
#include "service/wire_writer.h"

namespace kith::service {
namespace {

using Response = wire::LookupResourcesResponse;

class FoundResources : public ResponseStream {
 public:
  explicit FoundResources(std::unique_ptr<ResourceStream> stream)
      : stream_(std::move(stream)) {}

  bool IsReady() const override {
    return next_ < batch_.size() || stream_->IsAtHand();
  }

  absl::StatusOr<bool> Next(std::string* message) override {
    if (next_ == batch_.size()) {
      KITH_ASSIGN_OR_RETURN(batch_, stream_->Next());
      next_ = 0;
      if (batch_.empty()) return false;
    }
    AppendResource(batch_[next_++], stream_->looked_up_at(), message);
    return true;
  }

 private:
  const std::unique_ptr<ResourceStream> stream_;
  std::vector<FoundResource> batch_;
  size_t next_ = 0;
};

}  // namespace

void AppendResource(const FoundResource& found, std::string_view looked_up_at,
                    std::string* message) {
  WireWriter writer(message);
  writer.TokenMessage(Response::kLookedUpAtFieldNumber, looked_up_at);
  writer.Text(Response::kResourceObjectIdFieldNumber, found.id);
  writer.Enum(Response::kPermissionshipFieldNumber,
              ToLookupProto(found.permissionship));
  if (found.permissionship == Permissionship::kConditional) {
    writer.Message(Response::kPartialCaveatInfoFieldNumber,
                   ToCaveatInfo(found.missing_context));
  }
  writer.TokenMessage(Response::kAfterResultCursorFieldNumber, found.cursor);
}

absl::StatusOr<std::unique_ptr<ResponseStream>> StreamResources(
    Database* database, const wire::LookupResourcesRequest& in,
    const std::atomic<bool>* cancelled) {
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
  request.cancelled = cancelled;
  KITH_ASSIGN_OR_RETURN(auto stream, database->LookupResources(request));
  return std::make_unique<FoundResources>(std::move(stream));
}

}  // namespace kith::service
