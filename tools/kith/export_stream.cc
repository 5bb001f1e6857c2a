#include "tools/kith/export_stream.h"

#include <thread>

#include "base/status_macros.h"

namespace kith::tool {
namespace {

// In a row, without a message between.
constexpr int kMaxAttempts = 4;
constexpr std::chrono::milliseconds kPause(500);

// One call. `progressed`: a message came.
absl::Status ExportSome(
    Connection& connection, v1::ExportBulkRelationshipsRequest* request,
    const std::function<absl::Status(v1::ExportBulkRelationshipsResponse&)>&
        take,
    bool* progressed) {
  const auto context = connection.NewUnboundedContext();
  const auto stream =
      connection.permissions().ExportBulkRelationships(context.get(), *request);
  v1::ExportBulkRelationshipsResponse response;
  while (stream->Read(&response)) {
    const v1::Cursor cursor = response.after_result_cursor();
    if (absl::Status taken = take(response); !taken.ok()) {
      context->TryCancel();
      stream->Finish();
      return taken;
    }
    *request->mutable_optional_cursor() = cursor;
    *progressed = true;
  }
  return connection.ToStatus(stream->Finish());
}

}  // namespace

absl::Status ExportAll(
    Connection& connection, v1::ExportBulkRelationshipsRequest* request,
    const std::function<absl::Status(v1::ExportBulkRelationshipsResponse&)>&
        take) {
  for (int attempt = 1;; ++attempt) {
    bool progressed = false;
    const absl::Status status =
        ExportSome(connection, request, take, &progressed);
    if (progressed) attempt = 1;
    // Without a cursor another attempt might be of another revision.
    if (status.ok() || status.code() != absl::StatusCode::kUnavailable ||
        attempt >= kMaxAttempts || !request->has_optional_cursor()) {
      return status;
    }
    std::this_thread::sleep_for(kPause * attempt);
  }
}

}  // namespace kith::tool
