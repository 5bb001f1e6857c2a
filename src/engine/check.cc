#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "engine/caveats.h"
#include "engine/containers.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "engine/result_cache.h"
#include "engine/rows.h"
#include "engine/search.h"
#include "engine/support.h"
#include "engine/trace.h"
#include "engine/undecided_path.h"
#include "engine/value.h"
#include "fmt/format.h"
#include "model/value_json.h"

namespace kith::engine {
namespace {

// Steps of an exact evaluation, as a multiple of the relationships a check may
// read: each relationship is passed a few times for each alternation.
constexpr uint64_t kResolveStepsPerEdge = 16;

// Whose checks share a table, in full: a hash would mix up two of them.
struct Sharing {
  SubjectKind kind;
  std::string_view id;
  std::string_view context;  // as canonical JSON
  friend bool operator==(const Sharing&, const Sharing&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Sharing& s) {
    return H::combine(std::move(h), s.kind, s.id, s.context);
  }
};

// All checks of one subject with one context in a batch, over one table.
class SubjectCheck {
 public:
  SubjectCheck(const Evaluation& evaluation, const Sharing& sharing,
               const Struct& context)
      : evaluation_(evaluation),
        kind_(sharing.kind),
        id_(sharing.id),
        context_(context),
        context_json_(sharing.context),
        programs_(evaluation.schema->programs().For(kind_)),
        caveats_(evaluation.schema->programs(), context_),
        recorder_(MakeRecorder(evaluation)),
        reader_(evaluation, *programs_, id_, &objects_, &caveats_,
                EdgeReader::Budget::kCheck, recorder_ ? &*recorder_ : nullptr),
        containers_(evaluation, *programs_, id_, &objects_),
        search_(*programs_, &reader_,
                evaluation.both_sides_after == 0 ? nullptr : &containers_,
                recorder_ ? &*recorder_ : nullptr, evaluation.max_depth) {}
  SubjectCheck(const SubjectCheck&) = delete;
  SubjectCheck& operator=(const SubjectCheck&) = delete;

  // Views of its own.
  Sharing sharing() const { return {kind_, id_, context_json_}; }

  absl::StatusOr<CheckAnswer> Check(uint32_t slot, Symbol type,
                                    std::string_view resource_id) {
    const Pc pc = programs_->root(slot);
    const ObjectId object = objects_.Intern(type, resource_id);
    last_ = {.number = last_.number + 1, .pc = pc, .object = object};
    if (recorder_) last_.first_read = recorder_->BeginPart();
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(const std::optional<Value> found,
                          search_.Run(pc, object));
    last_.searched = found.has_value() && !programs_->op(pc).is_leaf();
    if (!found) return CheckGraph(pc, object);
    return Answer(pc, object, *found,
                  [this](Pc at, ObjectId of) -> std::optional<Bounds> {
                    const std::optional<Value> value = search_.Find(at, of);
                    if (value) return Bounds{*value, *value};
                    return std::nullopt;
                  });
  }

  // Remembers `answer`, the last one of Check, for others, if it is one that
  // they would come to by themselves and with any context.
  void Keep(const ResultCache::Question& question, const CheckAnswer& answer) {
    if (!recorder_ || !recorder_->complete() ||
        answer.permissionship == Permissionship::kConditional ||
        (recorder_->touched_caveat() &&
         !IsSeeded(SeededBug::kCacheSharesContexts))) {
      return;
    }
    Support support{.time = recorder_->time()};
    if (!AddTo(&support)) return;
    evaluation_.result_cache->Insert(question, answer.permissionship,
                                     evaluation_.snapshot->revision(), support);
  }

  // Why a check of `subject`, which is the subject of this, was answered so.
  absl::StatusOr<TraceStep> Trace(uint32_t slot, Symbol type,
                                  std::string_view resource_id,
                                  const SubjectRef& subject,
                                  Permissionship answer, uint64_t* steps_left) {
    const Pc pc = programs_->root(slot);
    const ObjectId object = objects_.Intern(type, resource_id);
    KITH_ASSIGN_OR_RETURN(Exact exact,
                          EvaluateGraph(pc, object, evaluation_.max_depth));
    if (!exact.root().decided()) {
      // The check used what earlier ones of the batch found nearer to them.
      KITH_ASSIGN_OR_RETURN(exact, EvaluateGraph(pc, object, UINT32_MAX));
    }
    if (!exact.root().decided() ||
        ToPermissionship(exact.root().lower) != answer) {
      return absl::InternalError("the trace of a check disagrees with it");
    }
    reader_.StartCheck();
    return Tell({evaluation_, *programs_, objects_, caveats_, exact.graph,
                 exact.resolution, subject},
                &reader_, steps_left, slot, object);
  }

 private:
  struct Exact {
    Graph graph;
    Resolution resolution;
    const Bounds& root() const { return resolution.bounds[Graph::kRoot]; }
  };

  absl::StatusOr<Exact> EvaluateGraph(Pc pc, ObjectId object,
                                      uint32_t max_depth) {
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(Graph graph, Graph::Explore(*programs_, &reader_,
                                                      max_depth, pc, object));
    KITH_ASSIGN_OR_RETURN(const std::vector<Value> leaves,
                          ReadLeaves(graph, &reader_));
    KITH_ASSIGN_OR_RETURN(
        Resolution resolution,
        Resolve(graph, leaves, evaluation_.max_edges * kResolveStepsPerEdge));
    return Exact{std::move(graph), std::move(resolution)};
  }

  // What the last check rests on: on what it read, and on what it reused of
  // earlier ones.
  bool AddTo(Support* support) {
    const bool alone =
        last_.number == 1 || IsSeeded(SeededBug::kCacheForgetsEarlierItems);
    if (last_.searched && !alone) {
      return search_.AddTo(support, last_.pc, last_.object);
    }
    return support->Add(recorder_->dependencies().subspan(last_.first_read)) &&
           containers_.AddTo(support);
  }

  // The exact evaluation, for what the search does not decide.
  absl::StatusOr<CheckAnswer> CheckGraph(Pc pc, ObjectId object) {
    const uint32_t max_depth = evaluation_.max_depth;
    KITH_ASSIGN_OR_RETURN(const Exact exact,
                          EvaluateGraph(pc, object, max_depth));
    const std::vector<Bounds>& bounds = exact.resolution.bounds;
    if (!exact.root().decided()) {
      return NoAnswer(exact.graph, max_depth,
                      UndecidedPath(exact.graph, exact.resolution, objects_,
                                    evaluation_.schema->programs()));
    }
    return Answer(pc, object, exact.root().lower,
                  [&](Pc at, ObjectId of) -> std::optional<Bounds> {
                    const auto node = exact.graph.Find(at, of);
                    if (node) return bounds[*node];
                    return std::nullopt;
                  });
  }

  absl::StatusOr<CheckAnswer> Answer(Pc pc, ObjectId object, Value value,
                                     BoundsOf bounds_of) {
    CheckAnswer answer;
    answer.permissionship = ToPermissionship(value);
    if (value != Value::kUnknown) return answer;
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(
        answer.missing_context,
        MissingContext(*programs_, &reader_, caveats_, pc, object, bounds_of));
    return answer;
  }

  static std::optional<Recorder> MakeRecorder(const Evaluation& evaluation) {
    if (evaluation.result_cache == nullptr) return std::nullopt;
    return Recorder(evaluation.result_cache->stripes(), evaluation.now);
  }

  const Evaluation& evaluation_;
  const SubjectKind kind_;
  const std::string id_;
  const Struct context_;
  const std::string context_json_;
  const std::shared_ptr<const SubjectPrograms> programs_;
  Objects objects_;
  CaveatEvaluator caveats_;
  // Of the last check.
  struct Last {
    uint64_t number = 0;  // counted from 1
    Pc pc = kNilPc;
    ObjectId object = 0;
    size_t first_read = 0;  // in what is recorded
    bool searched = false;  // else all that it rests on was read for it
  };

  std::optional<Recorder> recorder_;  // of all checks so far
  EdgeReader reader_;
  Containers containers_;
  Search search_;
  Last last_;
};

}  // namespace

struct CheckBatch::Impl {
  explicit Impl(Evaluation e)
      : evaluation(std::move(e)),
        trace_steps_left(evaluation.max_trace_steps) {}

  // What a permission of a type was resolved to. Most items ask for that of the
  // one before.
  struct Target {
    std::string type;
    std::string permission;
    uint32_t slot = 0;
  };

  absl::StatusOr<uint32_t> Slot(std::string_view type,
                                std::string_view permission) {
    if (type != target.type || permission != target.permission) {
      KITH_ASSIGN_OR_RETURN(
          const uint32_t slot,
          ResolveSlot(evaluation.schema->programs(), type, permission));
      target = {std::string(type), std::string(permission), slot};
    }
    return target.slot;
  }

  SubjectCheck& For(const SubjectKind& kind, std::string_view id,
                    const Struct& context) {
    std::string json;
    if (!context.empty() && !IsSeeded(SeededBug::kBulkSharesContexts)) {
      json = ToJson(context);
    }
    const Sharing sharing{kind, id, json};
    if (last != nullptr) {
      if (last->sharing() == sharing) return *last;
      index.try_emplace(last->sharing(), last);
      const auto known = index.find(sharing);
      if (known != index.end()) return *(last = known->second);
    }
    checks.push_back(
        std::make_unique<SubjectCheck>(evaluation, sharing, context));
    return *(last = checks.back().get());
  }

  const Evaluation evaluation;
  uint64_t trace_steps_left;
  Target target;
  std::vector<std::unique_ptr<SubjectCheck>> checks;
  absl::flat_hash_map<Sharing, SubjectCheck*> index;  // all but perhaps last
  SubjectCheck* last = nullptr;  // most items are of the subject before
};

CheckBatch::CheckBatch(Evaluation evaluation)
    : impl_(std::make_unique<Impl>(std::move(evaluation))) {}

CheckBatch::~CheckBatch() = default;

absl::StatusOr<CheckAnswer> CheckBatch::Check(const ObjectRef& resource,
                                              std::string_view permission,
                                              const SubjectRef& subject,
                                              const Struct& context,
                                              TraceStep* trace) {
  const Evaluation& evaluation = impl_->evaluation;
  const ResultCache::Question question{.schema = evaluation.schema->serial(),
                                       .max_depth = evaluation.max_depth,
                                       .resource = resource,
                                       .permission = permission,
                                       .subject = subject};
  // A trace is told of an evaluation, never of a remembered answer.
  const bool caches = evaluation.result_cache != nullptr && trace == nullptr;
  if (caches) {
    const auto known = evaluation.result_cache->Find(
        question, evaluation.snapshot->revision(), evaluation.now);
    if (known) return CheckAnswer{.permissionship = *known};
  }
  const Programs& programs = evaluation.schema->programs();
  if (subject.is_wildcard()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, ErrorReason::kWildcardNotAllowed,
        fmt::format("subject \"{}\" is a wildcard: a check asks about one "
                    "subject",
                    subject.ToString()),
        {{"field", "subject.object_id"}});
  }
  KITH_ASSIGN_OR_RETURN(const uint32_t slot,
                        impl_->Slot(resource.type, permission));
  KITH_ASSIGN_OR_RETURN(const SubjectKind kind,
                        ResolveSubject(programs, subject));
  SubjectCheck& check = impl_->For(kind, subject.object.id, context);
  const Symbol type = programs.slot(slot).type;
  absl::StatusOr<CheckAnswer> answer = check.Check(slot, type, resource.id);
  if (caches && answer.ok()) check.Keep(question, *answer);
  if (caches && !answer.ok() && IsSeeded(SeededBug::kCacheKeepsErrors)) {
    check.Keep(question, CheckAnswer());
  }
  if (trace == nullptr || !answer.ok()) return answer;
  KITH_ASSIGN_OR_RETURN(
      *trace, check.Trace(slot, type, resource.id, subject,
                          answer->permissionship, &impl_->trace_steps_left));
  return answer;
}

}  // namespace kith::engine
