#include "in_process/scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "in_process/measure.h"
#include "workloads/shuffle.h"

namespace kith::bench {
namespace {

constexpr uint64_t kAddPart = 10'000;

}  // namespace

Options Loaded::options() const {
  Options options;
  options.path = path;
  options.create_if_missing = false;
  options.max_depth = workload->max_depth();
  return options;
}

absl::StatusOr<const Loaded*> Scene::Load(std::string_view name, double scale) {
  std::string key = fmt::format("{}-{}", name, scale);
  if (auto found = loaded_.find(key); found != loaded_.end()) {
    return &found->second;
  }
  const Entry* entry = FindEntry(name);
  if (entry == nullptr) {
    return absl::NotFoundError(fmt::format("no workload \"{}\"", name));
  }
  Loaded loaded;
  loaded.workload = entry->make(scale, 1);
  loaded.path = directory_ + "/" + key;
  Options options = loaded.options();
  options.create_if_missing = true;
  KITH_ASSIGN_OR_RETURN(auto db, Database::Open(options));
  KITH_RETURN_IF_ERROR(db->WriteSchema(loaded.workload->schema()).status());
  KITH_ASSIGN_OR_RETURN(loaded.loading, Import(db.get(), *loaded.workload));
  return &loaded_.emplace(std::move(key), std::move(loaded)).first->second;
}

absl::StatusOr<Loading> Import(Database* db, const Workload& workload) {
  Loading loading{.relationships = workload.relationship_count()};
  Shuffle order(loading.relationships, 1);
  auto import = db->NewImport({});
  auto measured = [&](auto call) -> absl::Status {
    const int64_t wall = WallNanos();
    const int64_t cpu = ProcessCpuNanos();
    const absl::Status status = call();
    loading.wall_ns += WallNanos() - wall;
    loading.cpu_ns += ProcessCpuNanos() - cpu;
    return status;
  };
  for (uint64_t begin = 0; begin < loading.relationships; begin += kAddPart) {
    uint64_t end = std::min(begin + kAddPart, loading.relationships);
    std::vector<Relationship> part;
    part.reserve(end - begin);
    for (uint64_t i = begin; i < end; ++i) {
      part.push_back(workload.At(order.At(i)));
    }
    KITH_RETURN_IF_ERROR(
        measured([&] { return import->Add(std::move(part)); }));
  }
  KITH_RETURN_IF_ERROR(measured([&] { return import->Commit().status(); }));
  return loading;
}

CheckRequest RequestOf(const CheckQuestion& question) {
  CheckRequest request;
  request.resource = question.resource;
  request.permission = question.permission;
  request.subject = question.subject;
  request.context = question.context;
  return request;
}

absl::Status Verify(const CheckQuestion& question,
                    const absl::StatusOr<CheckResult>& result) {
  KITH_RETURN_IF_ERROR(result.status());
  if (result->permissionship == question.expected) return absl::OkStatus();
  return absl::InternalError(fmt::format(
      "wrong answer {} to {}#{}@{}", static_cast<int>(result->permissionship),
      question.resource.ToString(), question.permission,
      question.subject.ToString()));
}

CheckSet MakeChecks(const Workload& workload, uint64_t seed, Keys keys,
                    size_t count) {
  Questions questions(&workload, seed, keys);
  CheckSet set;
  set.questions.reserve(count);
  set.requests.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    set.questions.push_back(questions.Check());
    set.requests.push_back(RequestOf(set.questions.back()));
  }
  return set;
}

absl::Status AskAll(Database* db, const CheckSet& checks, int rounds) {
  const size_t count = checks.requests.size() * static_cast<size_t>(rounds);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = i % checks.requests.size();
    KITH_RETURN_IF_ERROR(
        Verify(checks.questions[at], db->Check(checks.requests[at])));
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
