#include "db/committer.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/fault.h"
#include "base/status_macros.h"
#include "db/apply.h"
#include "db/import_rules.h"

namespace kith::db {

Committer::Committer(storage::Store* store, SchemaCache* schemas,
                     MonotoneClock* clock, WatchHub* watch_hub)
    : store_(store), schemas_(schemas), clock_(clock), watch_hub_(watch_hub) {
  thread_ = std::thread([this] { Run(); });
}

Committer::~Committer() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

void Committer::Enqueue(Command command, Done done) {
  absl::Status refusal;
  {
    MutexLock lock(&mutex_);
    if (!poison_.ok()) {
      refusal = poison_;
    } else if (stopping_) {
      refusal = absl::UnavailableError("the database is being closed");
    } else if (queue_.size() >= kMaxQueuedCommands) {
      refusal = absl::ResourceExhaustedError(fmt::format(
          "the write queue is full: {} commands wait", kMaxQueuedCommands));
    } else {
      queue_.push_back({std::move(command), std::move(done)});
      wake_.NotifyOne();
      return;
    }
  }
  done(std::move(refusal));
}

void Committer::Run() {
  while (true) {
    std::vector<Pending> pending = TakeGroup();
    if (pending.empty()) return;
    CommitGroup(std::move(pending));
  }
}

std::vector<Committer::Pending> Committer::TakeGroup() {
  MutexLock lock(&mutex_);
  while (queue_.empty() && !stopping_) wake_.Wait(lock);
  std::vector<Pending> taken;
  uint64_t cost = 0;
  while (!queue_.empty()) {
    cost += Cost(queue_.front().command);
    if (!taken.empty() && cost > kMaxGroupCost) break;
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return taken;
}

void Committer::CommitGroup(std::vector<Pending> pending) {
  if (IsLargeImport(pending.front().command)) {
    // Its cost left no room for others.
    Pending& only = pending.front();
    auto result = CommitLargeImport(&std::get<ImportCommand>(only.command));
    KITH_FAULT_POINT("committer.before_answer");
    return only.done(std::move(result));
  }
  std::vector<absl::StatusOr<Applied>> results;
  results.reserve(pending.size());
  absl::Status failure = CheckWritable();
  if (failure.ok()) {
    Group group(store_, schemas_->Newest(), clock_->Now());
    for (const Pending& one : pending) {
      results.push_back(std::visit(
          [&](const auto& command) { return Apply(command, &group); },
          one.command));
      if (!group.failure().ok()) break;
    }
    failure = group.failure().ok() ? Publish(&group) : group.failure();
  }
  KITH_FAULT_POINT("committer.before_answer");
  for (size_t i = 0; i < pending.size(); ++i) {
    if (failure.ok()) {
      pending[i].done(std::move(results[i]));
    } else {
      // Refusals too: they may rest on effects that never came to be.
      pending[i].done(failure);
    }
  }
}

absl::StatusOr<Applied> Committer::CommitLargeImport(ImportCommand* command) {
  KITH_RETURN_IF_ERROR(CheckWritable());
  const auto name_of = [&](storage::Symbol symbol) {
    return store_->SymbolName(symbol);
  };
  KITH_RETURN_IF_ERROR(
      CheckAdmissions(*command, schemas_->Newest(), name_of));
  KITH_ASSIGN_OR_RETURN(
      auto import, store_->PrepareImport(std::move(command->rows),
                                         command->rule, clock_->Now()));
  if (import->conflict()) {
    return ConflictError(*command, *import->conflict(), name_of);
  }
  if (import->changes() == 0) return Applied{.revision = store_->head()};
  const Applied applied{.revision = import->revision()};
  KITH_RETURN_IF_ERROR(Commit(1, [&] {
    return store_->CommitImport(std::move(import), [](storage::Revision) {
      KITH_FAULT_POINT("committer.before_publish");
    });
  }));
  return applied;
}

absl::Status Committer::Publish(Group* group) {
  if (group->commits() == 0) return absl::OkStatus();
  return Commit(group->commits(), [&] {
    return store_->Commit(group->TakeTransaction(), [&](storage::Revision) {
      if (group->schema_changed()) schemas_->Publish(group->schema());
      KITH_FAULT_POINT("committer.before_publish");
    });
  });
}

absl::Status Committer::Commit(uint64_t commits,
                               absl::FunctionRef<absl::Status()> commit) {
  absl::Status status = HitFaultPoint("committer.commit");
  if (status.ok()) status = commit();
  if (!status.ok()) {
    Poison(status);
    return status;
  }
  watch_hub_->HeadMoved();
  commits_.fetch_add(commits, std::memory_order_relaxed);
  groups_.fetch_add(1, std::memory_order_relaxed);
  return status;
}

absl::Status Committer::CheckWritable() {
  MutexLock lock(&mutex_);
  return poison_;
}

void Committer::Poison(const absl::Status& cause) {
  MutexLock lock(&mutex_);
  poison_ = MakeError(
      absl::StatusCode::kUnavailable, ErrorReason::kServiceReadOnly,
      fmt::format("the database takes no writes since one failed to reach "
                  "stable storage ({}); open it anew",
                  std::string(cause.message())));
}

}  // namespace kith::db
