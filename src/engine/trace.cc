#include "engine/trace.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "engine/trace_parts.h"
#include "fmt/format.h"
#include "model/value_json.h"

namespace kith::engine {
namespace {

// The tree is built from a list of tasks, not by recursion, because it follows
// data. Trees do not move: the steps of a step are made all at once.
class Teller {
 public:
  Teller(const Evaluated& evaluated, EdgeReader* reader, uint64_t* steps_left)
      : from_(evaluated),
        steps_left_(steps_left),
        names_(evaluated.evaluation.schema->programs()),
        selection_(evaluated, reader) {}

  absl::StatusOr<TraceStep> Run(uint32_t slot, ObjectId object) {
    TraceStep root;
    const TracePart part{.object = object, .slot = slot};
    KITH_RETURN_IF_ERROR(Fill(part, object, &root, 1));
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      KITH_RETURN_IF_ERROR(RunTask(task));
    }
    return root;
  }

 private:
  struct Task {
    TraceStep* step;
    uint32_t slot;
    ObjectId object;
    uint32_t level;
  };

  absl::Status RunTask(const Task& task) {
    bool& told = known_[{task.slot, task.object}].told;
    task.step->repeated = told;
    if (told) return absl::OkStatus();
    told = true;
    KITH_ASSIGN_OR_RETURN(const std::vector<TracePart> parts,
                          selection_.PartsOf(task.slot, task.object));
    task.step->steps.resize(parts.size());
    const size_t first = tasks_.size();
    for (size_t i = 0; i < parts.size(); ++i) {
      KITH_RETURN_IF_ERROR(
          Fill(parts[i], task.object, &task.step->steps[i], task.level + 1));
    }
    // Tasks are taken from the end: depth first, in the order of the text.
    std::reverse(tasks_.begin() + static_cast<ptrdiff_t>(first), tasks_.end());
    return absl::OkStatus();
  }

  // `above`: the object of the step above.
  absl::Status Fill(const TracePart& part, ObjectId above, TraceStep* step,
                    uint32_t level) {
    if (*steps_left_ == 0) {
      return absl::ResourceExhaustedError(
          fmt::format("the traces have more than {} steps, the limit of one "
                      "call: ask without a trace",
                      from_.evaluation.max_trace_steps));
    }
    --*steps_left_;
    step->subject = from_.subject;
    if (part.through != storage::kNoSymbol) {
      KITH_RETURN_IF_ERROR(FillThrough(part, above, step));
    }
    if (part.is_row) {
      step->resource = RefOf(above);
      step->permission = names_.name(part.through);
      step->is_relation = true;
      step->subject = step->through->subject;
      step->permissionship = ToPermissionship(part.row.value);
      step->id = ++last_id_;
      return absl::OkStatus();
    }
    step->resource = RefOf(part.object);
    if (!part.slot) {  // an object whose type lacks the target of an arrow
      step->permission = part.target;
      step->permissionship = Permissionship::kNoPermission;
      step->id = ++last_id_;
      return absl::OkStatus();
    }
    FillQuestion(part, level, step);
    return absl::OkStatus();
  }

  void FillQuestion(const TracePart& part, uint32_t level, TraceStep* step) {
    const Programs::Slot& slot = names_.slot(*part.slot);
    step->permission = names_.name(slot.name);
    step->is_relation = slot.relation != nullptr;
    const auto bounds = selection_.BoundsOf(*part.slot, part.object);
    if (bounds && bounds->decided()) {
      step->permissionship = ToPermissionship(bounds->lower);
    }
    Known& known = known_[{*part.slot, part.object}];
    if (known.id == 0) known.id = ++last_id_;
    step->id = known.id;
    if (!part.expand || level >= kMaxTraceLevels) return;
    tasks_.push_back({step, *part.slot, part.object, level});
  }

  // Reads the relationship that the part comes through once more: the step
  // names it in full.
  absl::Status FillThrough(const TracePart& part, ObjectId above,
                           TraceStep* step) {
    const Objects::Object& resource = from_.objects[above];
    const SubjectRef subject =
        part.is_row ? SubjectOfRow(part)
                    : SubjectRef(RefOf(part.object),
                                 names_.name(part.subject_relation));
    const storage::TupleKey key{
        .resource_type = resource.type,
        .resource_id = resource.id,
        .relation = part.through,
        .subject_type = names_.symbol(subject.object.type),
        .subject_id = subject.object.id,
        .subject_relation = names_.symbol(subject.relation)};
    storage::TupleValue row;
    KITH_ASSIGN_OR_RETURN(const bool found,
                          from_.evaluation.snapshot->Get(key, &row));
    if (!found) return absl::InternalError("a relationship was read only once");
    step->through =
        Relationship(RefOf(above), names_.name(part.through), subject);
    step->through->expires_at = row.expires_at;
    if (part.row.atom == kNoAtom) return absl::OkStatus();
    const Atom& atom = from_.caveats.atom(part.row.atom);
    CaveatRef& caveat = step->through->caveat.emplace();
    caveat.name = names_.name(atom.caveat);
    if (!atom.stored_context.empty()) {
      KITH_ASSIGN_OR_RETURN(caveat.context,
                            StructFromJson(atom.stored_context));
    }
    step->caveat = TraceOf(part.row.atom, caveat);
    return absl::OkStatus();
  }

  CaveatTrace TraceOf(AtomId id, const CaveatRef& stored) {
    const auto [it, fresh] = caveats_.try_emplace(id);
    if (!fresh) return it->second;
    const Atom& atom = from_.caveats.atom(id);
    CaveatTrace& trace = it->second;
    trace.name = stored.name;
    trace.missing_context = atom.missing;
    const schema::Caveat* const declared =
        from_.evaluation.schema->schema().FindCaveat(stored.name);
    if (declared == nullptr) return trace;
    trace.expression = declared->expression;
    const Struct& given = from_.caveats.context();
    for (const schema::CaveatParameter& parameter : declared->parameters) {
      const auto fixed = stored.context.find(parameter.name);
      const auto value =
          fixed != stored.context.end() ? fixed : given.find(parameter.name);
      if (fixed != stored.context.end() || value != given.end()) {
        trace.context.insert(*value);
      }
    }
    if (!atom.error.ok()) return trace;
    trace.result = atom.value == Value::kTrue ? CaveatTrace::Result::kTrue
                   : atom.value == Value::kFalse
                       ? CaveatTrace::Result::kFalse
                       : CaveatTrace::Result::kMissingContext;
    return trace;
  }

  SubjectRef SubjectOfRow(const TracePart& part) const {
    if (!part.wildcard) return from_.subject;
    return SubjectRef(ObjectRef(from_.subject.object.type, kWildcardId));
  }

  ObjectRef RefOf(ObjectId object) const {
    return ObjectRef(names_.name(from_.objects[object].type),
                     from_.objects[object].id);
  }

  struct Known {
    uint64_t id = 0;
    bool told = false;  // its steps are in the trace
  };

  const Evaluated& from_;
  uint64_t* const steps_left_;
  const Programs& names_;
  TraceSelection selection_;
  std::vector<Task> tasks_;
  absl::flat_hash_map<std::pair<uint32_t, ObjectId>, Known> known_;
  absl::flat_hash_map<AtomId, CaveatTrace> caveats_;
  uint64_t last_id_ = 0;
};

}  // namespace

absl::StatusOr<TraceStep> Tell(const Evaluated& evaluated, EdgeReader* reader,
                               uint64_t* steps_left, uint32_t slot,
                               ObjectId object) {
  return Teller(evaluated, reader, steps_left).Run(slot, object);
}

}  // namespace kith::engine
