#include "tools/kith/loader.h"

#include <future>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "base/hash.h"
#include "base/status_macros.h"

namespace kith::tool {
namespace {

// What makes a relationship the same one, whatever its caveat and expiry.
std::string Identity(const Relationship& relationship) {
  return Relationship(relationship.resource, relationship.relation,
                      relationship.subject)
      .ToString();
}

// Batches written strictly one after another. A relationship always goes to
// the same lane, which is what keeps its occurrences in order.
class Lane {
 public:
  Lane(const LoadOptions& options, const WriteBatch& write)
      : options_(options), write_(write) {}

  // May wait for the batch before the one that is full now.
  absl::StatusOr<uint64_t> Add(LocatedRelationship located,
                               std::string identity) {
    uint64_t written = 0;
    // No batch may hold a relationship twice.
    if (batch_.size() == options_.batch_size ||
        identities_.contains(identity)) {
      KITH_ASSIGN_OR_RETURN(written, Send());
    }
    identities_.insert(std::move(identity));
    batch_.push_back(std::move(located));
    return written;
  }

  // Sends what has gathered; returns how many an earlier call has written.
  absl::StatusOr<uint64_t> Send() {
    KITH_ASSIGN_OR_RETURN(const uint64_t written, Wait());
    if (batch_.empty()) return written;
    in_flight_size_ = batch_.size();
    in_flight_ =
        std::async(std::launch::async,
                   [this, batch = std::move(batch_)] { return write_(batch); });
    batch_.clear();
    identities_.clear();
    return written;
  }

  absl::StatusOr<uint64_t> Wait() {
    if (!in_flight_.valid()) return 0;
    KITH_RETURN_IF_ERROR(in_flight_.get());
    return in_flight_size_;
  }

 private:
  const LoadOptions& options_;
  const WriteBatch& write_;
  std::vector<LocatedRelationship> batch_;
  absl::flat_hash_set<std::string> identities_;
  std::future<absl::Status> in_flight_;
  uint64_t in_flight_size_ = 0;
};

class Loader {
 public:
  Loader(RelationshipSource& source, const LoadOptions& options,
         const WriteBatch& write, const LoadProgress& progress,
         uint64_t* written)
      : source_(source), progress_(progress), written_(*written) {
    for (size_t i = 0; i < options.calls_in_flight; ++i) {
      lanes_.emplace_back(options, write);
    }
  }

  absl::Status Run() {
    absl::Status status = ReadAll();
    for (Lane& lane : lanes_) {
      if (status.ok()) status = Count(lane.Send());
    }
    for (Lane& lane : lanes_) {
      absl::Status last = Count(lane.Wait());
      if (status.ok()) status = std::move(last);
    }
    return status;
  }

 private:
  absl::Status ReadAll() {
    while (true) {
      KITH_ASSIGN_OR_RETURN(std::optional<LocatedRelationship> next,
                            source_.Next());
      if (!next.has_value()) return absl::OkStatus();
      std::string identity = Identity(next->relationship);
      Lane& lane = lanes_[Hash64(identity) % lanes_.size()];
      KITH_RETURN_IF_ERROR(
          Count(lane.Add(*std::move(next), std::move(identity))));
    }
  }

  absl::Status Count(const absl::StatusOr<uint64_t>& written) {
    if (!written.ok()) return written.status();
    if (*written > 0) {
      written_ += *written;
      progress_(written_);
    }
    return absl::OkStatus();
  }

  RelationshipSource& source_;
  const LoadProgress& progress_;
  uint64_t& written_;
  std::vector<Lane> lanes_;
};

}  // namespace

absl::Status Load(RelationshipSource& source, const LoadOptions& options,
                  const WriteBatch& write, const LoadProgress& progress,
                  uint64_t* written) {
  *written = 0;
  return Loader(source, options, write, progress, written).Run();
}

}  // namespace kith::tool
