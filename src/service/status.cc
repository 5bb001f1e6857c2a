#include "service/status.h"

#include "google/rpc/error_details.pb.h"
#include "kith/errors.h"

namespace kith::service {
namespace {

constexpr char kErrorDomain[] = "authzed.com";

// Clients take 8 KiB of trailers by default and report RESOURCE_EXHAUSTED in
// place of an error that is larger. Other trailers need the rest.
constexpr size_t kMaxErrorBytes = 7 << 10;
constexpr size_t kMaxTextBytes = 256;

// What a header value takes at most: not all clients send bytes as they are.
size_t PercentEncodedBytes(std::string_view text) {
  size_t bytes = 0;
  for (const char c : text) bytes += c < ' ' || c > '~' || c == '%' ? 3 : 1;
  return bytes;
}
size_t Base64Bytes(size_t bytes) { return (bytes + 2) / 3 * 4; }

size_t WireBytes(const google::rpc::Status& status) {
  return PercentEncodedBytes(status.message()) +
         (status.details().empty() ? 0 : Base64Bytes(status.ByteSizeLong()));
}

void Cut(std::string* text) {
  if (text->size() <= kMaxTextBytes) return;
  size_t end = kMaxTextBytes;
  // Not through a character of UTF-8.
  while (end > 0 && ((*text)[end] & 0xc0) == 0x80) --end;
  text->resize(end);
  text->append("...");
}

// The message first, then the metadata: clients read the latter.
void FitIntoTrailers(google::rpc::Status* status) {
  if (WireBytes(*status) <= kMaxErrorBytes) return;
  Cut(status->mutable_message());
  if (WireBytes(*status) <= kMaxErrorBytes) return;
  for (google::protobuf::Any& detail : *status->mutable_details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    for (auto& [key, value] : *info.mutable_metadata()) Cut(&value);
    detail.PackFrom(info);
  }
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  if (const auto info = GetErrorInfo(status)) {
    google::rpc::ErrorInfo detail;
    detail.set_reason(std::string(ErrorReasonName(info->reason)));
    detail.set_domain(kErrorDomain);
    detail.mutable_metadata()->insert(info->metadata.begin(),
                                      info->metadata.end());
    out.add_details()->PackFrom(detail);
  }
  return out;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status rpc = ToRpcStatus(status);
  FitIntoTrailers(&rpc);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.details().empty() ? "" : rpc.SerializeAsString());
}

}  // namespace kith::service
