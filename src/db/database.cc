#include "kith/database.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "db/checks.h"
#include "db/command.h"
#include "db/committer.h"
#include "db/counters.h"
#include "db/export_page.h"
#include "db/garbage_collector.h"
#include "db/importer.h"
#include "db/lookup_resources.h"
#include "db/lookup_subjects.h"
#include "db/parts.h"
#include "db/read_page.h"
#include "db/schema_reads.h"
#include "db/watch.h"

namespace kith {
namespace {

using db::Applied;

// Runs `start` with a callback and waits for what it gets.
template <typename Result, typename Start>
absl::StatusOr<Result> Await(Start start) {
  // Shared, because set_value may still be at work when the answer is here.
  auto promise = std::make_shared<std::promise<absl::StatusOr<Result>>>();
  auto answer = promise->get_future();
  start([promise](absl::StatusOr<Result> result) {
    promise->set_value(std::move(result));
  });
  return answer.get();
}

// How many of the largest imports may be gathered at one time.
constexpr uint64_t kImportsAtOnce = 4;

class OpenDatabase final : public Database {
 public:
  explicit OpenDatabase(std::unique_ptr<db::Parts> parts)
      : parts_(std::move(parts)),
        committer_(parts_->store.get(), parts_->schemas.get(),
                   parts_->clock.get(), parts_->watch_hub.get()),
        collector_(parts_->store.get(), parts_->clock.get(),
                   parts_->time_leases.get(),
                   parts_->options.gc_window, parts_->options.gc_interval) {}

  absl::StatusOr<WriteResult> WriteSchema(std::string_view text) override {
    return Await<WriteResult>([&](auto done) {
      WriteSchemaAsync(std::string(text), std::move(done));
    });
  }

  absl::StatusOr<WriteResult> Write(WriteRequest request) override {
    return Await<WriteResult>(
        [&](auto done) { WriteAsync(std::move(request), std::move(done)); });
  }

  absl::StatusOr<DeleteResult> DeleteByFilter(DeleteRequest request) override {
    return Await<DeleteResult>([&](auto done) {
      DeleteByFilterAsync(std::move(request), std::move(done));
    });
  }

  void WriteAsync(
      WriteRequest request,
      std::function<void(absl::StatusOr<WriteResult>)> done) override {
    EnqueueWrite(db::MakeCommand(std::move(request), parts_->options),
                 std::move(done));
  }

  void WriteSchemaAsync(
      std::string text,
      std::function<void(absl::StatusOr<WriteResult>)> done) override {
    EnqueueWrite(db::MakeSchemaCommand(text, parts_->options), std::move(done));
  }

  void DeleteByFilterAsync(
      DeleteRequest request,
      std::function<void(absl::StatusOr<DeleteResult>)> done) override {
    auto command = db::MakeCommand(std::move(request), parts_->options);
    if (!command.ok()) return done(command.status());
    committer_.Enqueue(
        *std::move(command),
        [this, done = std::move(done)](absl::StatusOr<Applied> applied) {
          if (!applied.ok()) return done(applied.status());
          done(DeleteResult{parts_->tokens->Encode(applied->revision),
                            applied->deleted, applied->complete});
        });
  }

  std::unique_ptr<Importer> NewImport(const ImportRequest& request) override {
    return db::MakeImporter(request, parts_.get(), &import_memory_,
                            &committer_);
  }

  absl::StatusOr<ExportPage> Export(const ExportRequest& request) override {
    return db::ExportRelationships(request, *parts_);
  }

  absl::Status RegisterCounter(std::string_view name,
                               RelationshipFilter filter) override {
    return Await<Applied>([&](auto done) {
             Enqueue(db::MakeRegisterCommand(name, std::move(filter),
                                             parts_->options),
                     std::move(done));
           })
        .status();
  }

  absl::Status UnregisterCounter(std::string_view name) override {
    return Await<Applied>([&](auto done) {
             Enqueue(db::MakeUnregisterCommand(name), std::move(done));
           })
        .status();
  }

  void RegisterCounterAsync(std::string name, RelationshipFilter filter,
                            std::function<void(absl::Status)> done) override {
    Enqueue(
        db::MakeRegisterCommand(name, std::move(filter), parts_->options),
        [done = std::move(done)](const auto& applied) {
          done(applied.status());
        });
  }

  void UnregisterCounterAsync(
      std::string name, std::function<void(absl::Status)> done) override {
    Enqueue(db::MakeUnregisterCommand(name),
            [done = std::move(done)](const auto& applied) {
              done(applied.status());
            });
  }

  absl::StatusOr<CountResult> Count(std::string_view counter) override {
    return db::CountRelationships(counter, *parts_);
  }

  absl::StatusOr<SchemaText> ReadSchema() override {
    const auto snapshot = parts_->store->AtHead();
    KITH_ASSIGN_OR_RETURN(const auto schema,
                          parts_->schemas->At(snapshot->revision()));
    // An empty schema is none, to readers.
    if (schema->text.empty()) {
      return absl::NotFoundError(
          "no schema has been defined; please call WriteSchema to start");
    }
    return SchemaText{schema->text,
                      parts_->tokens->Encode(snapshot->revision())};
  }

  absl::StatusOr<ReflectSchemaResult> ReflectSchema(
      const ReflectSchemaRequest& request) override {
    return db::ReflectSchema(request, *parts_);
  }
  absl::StatusOr<DiffSchemaResult> DiffSchema(
      const DiffSchemaRequest& request) override {
    return db::DiffSchema(request, *parts_);
  }
  absl::StatusOr<RelationReferences> ComputablePermissions(
      const ComputablePermissionsRequest& request) override {
    return db::ComputablePermissions(request, *parts_);
  }
  absl::StatusOr<RelationReferences> DependentRelations(
      const DependentRelationsRequest& request) override {
    return db::DependentRelations(request, *parts_);
  }

  absl::StatusOr<ReadPage> Read(const ReadRequest& request) override {
    return db::ReadRelationships(request, *parts_);
  }

  absl::StatusOr<CheckResult> Check(const CheckRequest& request) override {
    checks_.fetch_add(1, std::memory_order_relaxed);
    return db::CheckOne(request, *parts_);
  }

  absl::StatusOr<BulkCheckResult> CheckBulk(
      const BulkCheckRequest& request) override {
    checks_.fetch_add(request.items.size(), std::memory_order_relaxed);
    return db::CheckMany(request, *parts_);
  }

  absl::StatusOr<ExpandResult> Expand(const ExpandRequest& request) override {
    return db::ExpandOne(request, *parts_);
  }

  absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
      const LookupResourcesRequest& request) override {
    return db::LookupResources(request, *parts_);
  }

  absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
      const LookupSubjectsRequest& request) override {
    return db::LookupSubjects(request, *parts_);
  }

  absl::StatusOr<std::unique_ptr<Watcher>> Watch(
      const WatchRequest& request) override {
    return db::OpenWatch(request, *parts_);
  }

  absl::Status Checkpoint(const std::string& directory) override {
    return parts_->store->Checkpoint(directory);
  }

  absl::Status CollectGarbage() override { return collector_.Collect(); }

  DatabaseStats Stats() const override {
    const storage::StoreStats store = parts_->store->Stats();
    DatabaseStats stats{.head_revision = store.head,
                        .gc_horizon_revision = store.horizon,
                        .commits = committer_.commits(),
                        .commit_groups = committer_.groups(),
                        .checks = checks_.load(std::memory_order_relaxed),
                        .watchers = parts_->watch_hub->watchers(),
                        .watch_events = parts_->watch_hub->events(),
                        .watchers_cut_off = parts_->watch_hub->cut_off()};
    parts_->caches->AddStats(&stats);
    stats.lookup_cache = parts_->kept_lookups->stats();
    return stats;
  }

 private:
  // Hands on a command made from a request, or says why there is none.
  template <typename MadeCommand>
  void Enqueue(absl::StatusOr<MadeCommand> command,
               db::Committer::Done done) {
    if (!command.ok()) return done(command.status());
    committer_.Enqueue(*std::move(command), std::move(done));
  }

  template <typename MadeCommand>
  void EnqueueWrite(absl::StatusOr<MadeCommand> command,
                    std::function<void(absl::StatusOr<WriteResult>)> done) {
    Enqueue(
        std::move(command),
        [this, done = std::move(done)](absl::StatusOr<Applied> applied) {
          if (!applied.ok()) return done(applied.status());
          done(WriteResult{parts_->tokens->Encode(applied->revision)});
        });
  }

  const std::unique_ptr<db::Parts> parts_;
  std::atomic<uint64_t> checks_{0};
  db::ImportMemory import_memory_{kImportsAtOnce *
                                  parts_->options.max_import_bytes};
  // Last, so that their threads end before what they use.
  db::Committer committer_;
  db::GarbageCollector collector_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const Options& options) {
  KITH_ASSIGN_OR_RETURN(auto parts, db::OpenParts(options));
  return std::make_unique<OpenDatabase>(std::move(parts));
}

}  // namespace kith
