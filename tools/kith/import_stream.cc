#include "tools/kith/import_stream.h"

#include <fmt/format.h>

#include <deque>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "kith/v1/bulk_service.pb.h"
#include "tools/kith/convert.h"

namespace kith::tool {
namespace {

// Far below what a server takes in one message.
constexpr size_t kMaxBatchBytes = 1 << 20;

// The place in the source of each relationship that is on its way. Thread-safe.
class PlacesInFlight {
 public:
  void Add(int place) {
    MutexLock lock(&mutex_);
    places_.push_back(place);
  }
  // All up to the `loaded`th arrived.
  void Arrived(uint64_t loaded) {
    MutexLock lock(&mutex_);
    for (; first_ < loaded && !places_.empty(); ++first_) places_.pop_front();
  }
  // The error with the place of the relationship that it names
  // (`relationships[3]...`).
  absl::Status Locate(const absl::Status& status, std::string_view what) {
    constexpr std::string_view kList = "relationships[";
    const std::string message(status.message());
    const size_t at = message.find(kList);
    uint64_t index = 0;
    if (at == std::string::npos ||
        !absl::SimpleAtoi(
            message.substr(at + kList.size(),
                           message.find(']', at) - at - kList.size()),
            &index)) {
      return status;
    }
    MutexLock lock(&mutex_);
    if (index < first_ || index - first_ >= places_.size()) return status;
    return Prefixed(status,
                    fmt::format("{} {}: ", what, places_[index - first_]));
  }

 private:
  Mutex mutex_;
  uint64_t first_ KITH_GUARDED_BY(mutex_) = 0;  // index of the first place
  std::deque<int> places_ KITH_GUARDED_BY(mutex_);
};

// Hands all of `source` to `write` in batches. False of `write`: the other side
// wants no more, and says why later.
template <typename Request>
absl::Status SendAll(RelationshipSource& source, size_t batch_size,
                     Request request, PlacesInFlight* places,
                     const std::function<bool(const Request&)>& write) {
  size_t bytes = 0;
  const auto flush = [&] {
    if (request.relationships().empty()) return true;
    const bool more = write(request);
    request.clear_relationships();
    bytes = 0;
    return more;
  };
  while (true) {
    KITH_ASSIGN_OR_RETURN(const auto next, source.Next());
    if (!next.has_value()) break;
    places->Add(next->line);
    auto* relationship = request.add_relationships();
    ToProto(next->relationship, relationship);
    bytes += relationship->ByteSizeLong();
    const bool full =
        bytes >= kMaxBatchBytes ||
        static_cast<size_t>(request.relationships_size()) >= batch_size;
    if (full && !flush()) return absl::OkStatus();
  }
  flush();
  return absl::OkStatus();
}

}  // namespace

absl::Status ImportInBatches(Connection& connection, RelationshipSource& source,
                             const ImportOptions& options,
                             const OnLoaded& on_loaded,
                             ImportProgress* progress) {
  using Request = kith::v1::ImportRelationshipsRequest;
  *progress = ImportProgress();
  const auto context = connection.NewUnboundedContext();
  const auto stream = connection.bulk().ImportRelationships(context.get());
  PlacesInFlight places;
  absl::Status sent;
  std::thread sender([&] {
    Request request;
    request.set_mode(options.create ? Request::MODE_CREATE
                                    : Request::MODE_TOUCH);
    sent = SendAll<Request>(
        source, options.batch_size, std::move(request), &places,
        [&stream](const Request& batch) { return stream->Write(batch); });
    // What was sent before an error of the source is committed all the same.
    stream->WritesDone();
  });
  absl::Status told;
  kith::v1::ImportRelationshipsResponse response;
  while (stream->Read(&response)) {
    progress->loaded = response.num_loaded();
    progress->written_at = response.written_at().token();
    places.Arrived(progress->loaded);
    if (told.ok()) told = on_loaded(*progress);
    if (!told.ok()) context->TryCancel();
  }
  sender.join();
  const absl::Status ended = connection.ToStatus(stream->Finish());
  KITH_RETURN_IF_ERROR(told);
  if (!ended.ok()) return places.Locate(ended, options.place);
  return sent;
}

absl::StatusOr<uint64_t> ImportAtOnce(
    Connection& connection, RelationshipSource& source,
    const ImportOptions& options, const std::function<void(uint64_t)>& sent) {
  using Request = v1::ImportBulkRelationshipsRequest;
  const auto context = connection.NewUnboundedContext();
  v1::ImportBulkRelationshipsResponse response;
  const auto stream = connection.permissions().ImportBulkRelationships(
      context.get(), &response);
  PlacesInFlight places;
  uint64_t count = 0;
  const absl::Status status =
      SendAll<Request>(source, options.batch_size, Request(), &places,
                       [&](const Request& batch) {
                         count += batch.relationships_size();
                         sent(count);
                         return stream->Write(batch);
                       });
  if (status.ok()) {
    stream->WritesDone();
  } else {
    context->TryCancel();  // Nothing of it is to be written.
  }
  const absl::Status ended = connection.ToStatus(stream->Finish());
  KITH_RETURN_IF_ERROR(status);
  if (!ended.ok()) return places.Locate(ended, options.place);
  return response.num_loaded();
}

}  // namespace kith::tool
