#include "db/importer.h"

#include <fmt/format.h>

#include <future>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "db/admission.h"
#include "model/encoded_size.h"

namespace kith::db {
namespace {

// A value in memory is larger than on the wire.
constexpr size_t kContextFactor = 4;

size_t MemoryOf(const RowUpdate& row) {
  const Relationship& relationship = row.update.relationship;
  size_t bytes = sizeof(RowUpdate) + relationship.resource.id.size() +
                 relationship.subject.object.id.size() +
                 row.caveat_context.size();
  if (relationship.caveat) {
    bytes += kContextFactor * MaxEncodedBytes(relationship.caveat->context);
  }
  return bytes;
}

// Rows by the identity of their relationship. A set of indexes, because it has
// to be small beside the rows.
struct RowHash {
  const std::vector<RowUpdate>* rows;
  size_t operator()(uint32_t index) const {
    const Relationship& r = (*rows)[index].update.relationship;
    uint64_t hash = Hash64(r.resource.id);
    hash = Hash64(r.subject.object.id, hash);
    hash = Hash64(r.resource.type, hash);
    hash = Hash64(r.relation, hash);
    hash = Hash64(r.subject.object.type, hash);
    return Hash64(r.subject.relation, hash);
  }
};
struct SameRow {
  const std::vector<RowUpdate>* rows;
  bool operator()(uint32_t a, uint32_t b) const {
    const Relationship& one = (*rows)[a].update.relationship;
    const Relationship& other = (*rows)[b].update.relationship;
    return one.resource == other.resource && one.relation == other.relation &&
           one.subject == other.subject;
  }
};

class CommandImporter final : public Importer {
 public:
  CommandImporter(const ImportRequest& request, const Parts* parts,
                  ImportMemory* memory, Committer* committer)
      : operation_(request.mode == ImportMode::kCreate
                       ? Update::Operation::kCreate
                       : Update::Operation::kTouch),
        first_index_(request.first_index),
        parts_(*parts),
        memory_(*memory),
        committer_(*committer) {}
  ~CommandImporter() override { memory_.Give(bytes_); }

  absl::Status Add(std::vector<Relationship> relationships) override {
    for (Relationship& relationship : relationships) {
      if (!status_.ok()) break;
      status_ = AddOne(std::move(relationship));
    }
    return status_;
  }

  void CommitAsync(
      std::function<void(absl::StatusOr<ImportResult>)> done) override {
    if (!status_.ok()) return done(status_);
    status_ = absl::FailedPreconditionError("the import was committed already");
    known_.clear();
    WriteCommand command;
    command.updates = std::move(rows_);
    command.list = "relationships";
    command.admitted_by = std::move(schema_);
    committer_.Enqueue(
        std::move(command),
        [&parts = parts_, &memory = memory_, loaded = added_,
         bytes = std::exchange(bytes_, 0),
         done = std::move(done)](const absl::StatusOr<Applied>& applied) {
          memory.Give(bytes);
          if (!applied.ok()) return done(applied.status());
          done(ImportResult{parts.tokens->Encode(applied->revision), loaded});
        });
  }

  absl::StatusOr<ImportResult> Commit() override {
    // Shared, because set_value may still be at work when the answer is here.
    auto promise =
        std::make_shared<std::promise<absl::StatusOr<ImportResult>>>();
    auto answer = promise->get_future();
    CommitAsync([promise](absl::StatusOr<ImportResult> result) {
      promise->set_value(std::move(result));
    });
    return answer.get();
  }

 private:
  absl::Status AddOne(Relationship relationship) {
    if (schema_ == nullptr) schema_ = parts_.schemas->Newest();
    const uint64_t place = first_index_ + added_;
    const std::string path = fmt::format("relationships[{}]", place);
    KITH_ASSIGN_OR_RETURN(
        RowUpdate row, MakeRowUpdate(operation_, std::move(relationship), path,
                                     parts_.options));
    const auto admitted = CheckAdmission(schema_->schema(), row.update);
    if (!admitted.ok()) return Prefixed(admitted, path + ": ");
    row.place = place;
    KITH_RETURN_IF_ERROR(Account(row));
    rows_.push_back(std::move(row));
    const auto [same, is_new] =
        known_.insert(static_cast<uint32_t>(rows_.size() - 1));
    ++added_;
    return is_new ? absl::OkStatus() : AddAgain(*same, path);
  }

  // The last row is of the same relationship as `earlier`.
  absl::Status AddAgain(uint32_t earlier, std::string_view path) {
    if (operation_ == Update::Operation::kCreate) {
      return Prefixed(RecreationError(rows_.back().update.relationship,
                                      "comes twice in the import"),
                      fmt::format("{}: ", path));
    }
    const size_t freed = MemoryOf(rows_[earlier]);
    bytes_ -= freed;
    memory_.Give(freed);
    rows_[earlier] = std::move(rows_.back());
    rows_.pop_back();
    return absl::OkStatus();
  }

  absl::Status Account(const RowUpdate& row) {
    const uint64_t limit = parts_.options.max_import_bytes;
    const size_t bytes = MemoryOf(row);
    if (!memory_.Take(bytes)) {
      return absl::ResourceExhaustedError(fmt::format(
          "relationships[{}]: the imports in progress hold {} bytes, all that "
          "is allowed; try again when they have ended",
          row.place, memory_.limit()));
    }
    bytes_ += bytes;
    if (bytes_ <= limit && added_ < std::numeric_limits<uint32_t>::max()) {
      return absl::OkStatus();
    }
    return absl::ResourceExhaustedError(fmt::format(
        "relationships[{}]: the import is over the limit of {} bytes for one "
        "commit; import it in chunks",
        row.place, limit));
  }

  const Update::Operation operation_;
  const uint64_t first_index_;
  const Parts& parts_;
  ImportMemory& memory_;
  Committer& committer_;

  absl::Status status_;
  SchemaPtr schema_;  // the newest when the first relationship came
  std::vector<RowUpdate> rows_;
  absl::flat_hash_set<uint32_t, RowHash, SameRow> known_{0, RowHash{&rows_},
                                                         SameRow{&rows_}};
  uint64_t added_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<Importer> MakeImporter(const ImportRequest& request,
                                       const Parts* parts, ImportMemory* memory,
                                       Committer* committer) {
  return std::make_unique<CommandImporter>(request, parts, memory, committer);
}

}  // namespace kith::db
