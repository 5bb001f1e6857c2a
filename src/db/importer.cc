#include "db/importer.h"

#include <fmt/format.h>

#include <future>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/coding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "db/admission.h"
#include "db/import_rules.h"
#include "db/relationship_rows.h"

namespace kith::db {
namespace {

// The names of an ImportShape as symbols.
struct ShapeSymbols {
  storage::TupleKey key;  // without ids
  storage::Symbol caveat = storage::kNoSymbol;
};

class CommandImporter final : public Importer {
 public:
  CommandImporter(const ImportRequest& request, const Parts* parts,
                  ImportMemory* memory, Committer* committer)
      : operation_(request.mode == ImportMode::kCreate
                       ? Update::Operation::kCreate
                       : Update::Operation::kTouch),
        parts_(*parts),
        memory_(*memory),
        committer_(*committer) {
    command_.rule = request.mode == ImportMode::kCreate
                        ? storage::ImportRule::kCreate
                        : storage::ImportRule::kTouch;
    command_.first_index = request.first_index;
    command_.rows = parts->store->NewImportRows(
        {.memory_bytes = parts->options.max_import_bytes,
         .file_bytes = parts->options.max_import_file_bytes});
  }
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
    const uint64_t loaded = command_.rows->size();
    committer_.Enqueue(
        std::move(command_),
        [&parts = parts_, &memory = memory_, loaded,
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
    const uint64_t place = command_.rows->size();
    const auto path = [&] {
      return fmt::format("relationships[{}]", command_.first_index + place);
    };
    KITH_ASSIGN_OR_RETURN(const RowUpdate row,
                          MakeRowUpdate(operation_, std::move(relationship),
                                        path, parts_.options));
    const auto shape = Admit(row, place);
    if (!shape.ok()) return AtImported(command_, place, shape.status());
    const Relationship& admitted = row.update.relationship;
    storage::TupleKey key = (*shape)->key;
    key.resource_id = admitted.resource.id;
    key.subject_id = admitted.subject.object.id;
    const absl::Status added =
        command_.rows->Add(key, {.expires_at = admitted.expires_at,
                                 .caveat = (*shape)->caveat,
                                 .caveat_context = row.caveat_context});
    if (!added.ok()) return AtImported(command_, place, added);
    return Account(place);
  }

  // The shape of `row`, which the schema admits.
  absl::StatusOr<const ShapeSymbols*> Admit(const RowUpdate& row,
                                            uint64_t place) {
    const Relationship& relationship = row.update.relationship;
    MakeShapeName(relationship);
    const auto known = shapes_.find(shape_name_);
    if (known == shapes_.end()) return AdmitShape(row, place);
    if (!row.caveat_context.empty()) {
      KITH_RETURN_IF_ERROR(CheckAdmission(Schema(), row.update));
      command_.has_contexts = true;
    }
    return &known->second;
  }

  absl::StatusOr<const ShapeSymbols*> AdmitShape(const RowUpdate& row,
                                                 uint64_t place) {
    KITH_RETURN_IF_ERROR(CheckAdmission(Schema(), row.update));
    const auto symbol_of = [&](std::string_view name) {
      return parts_.store->FindSymbol(name);
    };
    const Relationship& relationship = row.update.relationship;
    const auto key = KeyOf(relationship, symbol_of);
    const auto caveat = relationship.caveat
                            ? symbol_of(relationship.caveat->name)
                            : storage::kNoSymbol;
    if (!key || !caveat) {
      return absl::InternalError("a name of the schema has no symbol");
    }
    command_.shapes.push_back({.example = row.update, .place = place});
    auto& example = command_.shapes.back().example.relationship;
    if (example.caveat) example.caveat->context.clear();
    command_.has_contexts |= !row.caveat_context.empty();
    ShapeSymbols symbols{.key = *key, .caveat = *caveat};
    symbols.key.resource_id = {};
    symbols.key.subject_id = {};
    return &(shapes_[shape_name_] = symbols);
  }

  const schema::Schema& Schema() {
    if (command_.admitted_by == nullptr) {
      command_.admitted_by = parts_.schemas->Newest();
    }
    return command_.admitted_by->schema();
  }

  // Leaves in shape_name_ what tells shapes apart.
  void MakeShapeName(const Relationship& relationship) {
    shape_name_.clear();
    for (const std::string* name :
         {&relationship.resource.type, &relationship.relation,
          &relationship.subject.object.type, &relationship.subject.relation}) {
      PutLengthPrefixed(&shape_name_, *name);
    }
    shape_name_.push_back(static_cast<char>(
        (relationship.subject.is_wildcard() ? 1 : 0) |
        (relationship.expires_at ? 2 : 0) | (relationship.caveat ? 4 : 0)));
    if (relationship.caveat) shape_name_ += relationship.caveat->name;
  }

  // Takes what the rows have grown by, or gives what moved to files.
  absl::Status Account(uint64_t place) {
    const uint64_t bytes = command_.rows->memory_bytes();
    if (bytes <= bytes_) {
      memory_.Give(std::exchange(bytes_, bytes) - bytes);
      return absl::OkStatus();
    }
    if (memory_.Take(bytes - bytes_)) {
      bytes_ = bytes;
      return absl::OkStatus();
    }
    return AtImported(
        command_, place,
        absl::ResourceExhaustedError(fmt::format(
            "the imports in progress hold {} bytes, all that is allowed; try "
            "again when they have ended",
            memory_.limit())));
  }

  const Update::Operation operation_;
  const Parts& parts_;
  ImportMemory& memory_;
  Committer& committer_;

  absl::Status status_;
  ImportCommand command_;
  absl::flat_hash_map<std::string, ShapeSymbols, StringHash, std::equal_to<>>
      shapes_;
  std::string shape_name_;
  uint64_t bytes_ = 0;  // taken from memory_
};

}  // namespace

std::unique_ptr<Importer> MakeImporter(const ImportRequest& request,
                                       const Parts* parts, ImportMemory* memory,
                                       Committer* committer) {
  return std::make_unique<CommandImporter>(request, parts, memory, committer);
}

}  // namespace kith::db
