#include "service/watch_service.h"

#include <fmt/format.h>

#include <utility>

#include "authzed/api/v1/watch_service.pb.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

// Kinds are additions: relationship updates come whatever is asked for, as
// clients of this API expect.
absl::Status AddKinds(const wire::WatchRequest& in, WatchRequest* out) {
  for (int i = 0; i < in.optional_update_kinds_size(); ++i) {
    switch (in.optional_update_kinds(i)) {
      case wire::WATCH_KIND_INCLUDE_RELATIONSHIP_UPDATES:
        continue;
      case wire::WATCH_KIND_INCLUDE_SCHEMA_UPDATES:
        out->schema_updates = true;
        continue;
      case wire::WATCH_KIND_INCLUDE_CHECKPOINTS:
        out->checkpoints = true;
        continue;
      default:
        return InvalidArgument(
            fmt::format("optional_update_kinds[{}]: \"{}\" is no kind of "
                        "update",
                        i, static_cast<int>(in.optional_update_kinds(i))));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<WatchRequest> ToWatchRequest(const wire::WatchRequest& in) {
  WatchRequest out;
  out.object_types.assign(in.optional_object_types().begin(),
                          in.optional_object_types().end());
  for (int i = 0; i < in.optional_relationship_filters_size(); ++i) {
    KITH_ASSIGN_OR_RETURN(
        out.filters.emplace_back(),
        ToFilter(true, in.optional_relationship_filters(i),
                 fmt::format("optional_relationship_filters[{}]", i)));
  }
  if (in.has_optional_start_cursor()) {
    out.start = in.optional_start_cursor().token();
    if (out.start.empty()) return MissingValue("optional_start_cursor.token");
  }
  KITH_RETURN_IF_ERROR(AddKinds(in, &out));
  return out;
}

void ToResponse(const WatchEvent& event, wire::WatchResponse* out) {
  for (const Update& update : event.updates) {
    wire::RelationshipUpdate* to = out->add_updates();
    to->set_operation(update.operation == Update::Operation::kDelete
                          ? wire::RelationshipUpdate::OPERATION_DELETE
                          : wire::RelationshipUpdate::OPERATION_TOUCH);
    ToProto(update.relationship, to->mutable_relationship());
  }
  out->mutable_changes_through()->set_token(event.changes_through);
  if (!event.metadata.empty()) {
    ToProto(event.metadata, out->mutable_optional_transaction_metadata());
    ToProto(event.metadata, out->add_full_revision_metadata());
  }
  out->set_schema_updated(event.schema_updated);
  out->set_is_checkpoint(event.is_checkpoint);
}

class WatchStream final : public LiveStream<wire::WatchResponse> {
 public:
  WatchStream(std::unique_ptr<Watcher> watcher, CallContext* context)
      : watcher_(std::move(watcher)), context_(*context) {}

  absl::StatusOr<bool> Next(wire::WatchResponse* response) override {
    KITH_ASSIGN_OR_RETURN(const auto event, watcher_->Poll());
    if (!event) return false;
    ++context_.operations;
    ToResponse(*event, response);
    return true;
  }
  void WakeOnce(std::function<void()> wake) override {
    watcher_->WakeOnce(std::move(wake));
  }
  bool CancelWake() override { return watcher_->CancelWake(); }

  absl::Status EndFor(LiveEnd why) override {
    if (why == LiveEnd::kTooSlow) {
      return watcher_->Disconnect("the events were not read in time");
    }
    const Token position = watcher_->position();
    return MakeError(
        absl::StatusCode::kUnavailable, ErrorReason::kUnspecified,
        fmt::format("the server is stopping; resume from \"{}\"", position),
        {{"resume_token", position}});
  }

 private:
  const std::unique_ptr<Watcher> watcher_;
  CallContext& context_;
};

}  // namespace

void AddWatchMethods(Database* database, MethodTable* methods) {
  methods->Live<wire::WatchRequest, wire::WatchResponse>(
      "/authzed.api.v1.WatchService/Watch",
      [database](CallContext& context, const wire::WatchRequest& in)
          -> absl::StatusOr<std::unique_ptr<LiveStream<wire::WatchResponse>>> {
        KITH_ASSIGN_OR_RETURN(const WatchRequest request, ToWatchRequest(in));
        KITH_ASSIGN_OR_RETURN(auto watcher, database->Watch(request));
        return std::make_unique<WatchStream>(std::move(watcher), &context);
      });
}

}  // namespace kith::service
