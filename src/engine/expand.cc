#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/value.h"
#include "fmt/format.h"
#include "storage/store.h"

// Expand draws the schema's set operations for one object. It follows computed
// permissions and arrows, and leaves the subject sets that it finds in
// relations unopened: the caller expands those it is curious about. The tree is
// built from a list of tasks, not by recursion, because arrows follow data.

namespace kith::engine {
namespace {

using schema::Expression;
using storage::TupleFilter;

class Expander {
 public:
  explicit Expander(const Evaluation& evaluation)
      : evaluation_(evaluation), programs_(evaluation.schema->programs()) {}

  absl::StatusOr<ExpandTree> Run(uint32_t slot, const ObjectRef& resource) {
    ExpandTree root;
    tasks_.push_back({&root, slot, nullptr, resource, 0});
    while (!tasks_.empty()) {
      const Task task = std::move(tasks_.back());
      tasks_.pop_back();
      KITH_RETURN_IF_ERROR(RunTask(task));
    }
    return root;
  }

 private:
  // Fills `tree` with a whole relation or permission, or with a part of a
  // permission's expression. Trees do not move: children are made all at once.
  struct Task {
    ExpandTree* tree;
    uint32_t slot;
    const Expression* expression;  // null: all of the slot
    ObjectRef object;
    uint32_t depth;
  };

  absl::Status RunTask(const Task& task) {
    if (++nodes_ > evaluation_.max_expand_nodes) {
      return absl::ResourceExhaustedError(
          fmt::format("the expanded tree has more than {} nodes, the limit",
                      evaluation_.max_expand_nodes));
    }
    if (task.depth > evaluation_.max_depth) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       ErrorReason::kMaximumDepthExceeded,
                       fmt::format("the expanded tree is deeper than {} "
                                   "steps; this may be a cycle",
                                   evaluation_.max_depth));
    }
    const Programs::Slot& slot = programs_.slot(task.slot);
    task.tree->object = task.object;
    task.tree->relation = std::string(programs_.name(slot.name));
    if (task.expression != nullptr) {
      return ExpandExpression(task, *task.expression);
    }
    if (slot.relation != nullptr) return ExpandRelation(task);
    return ExpandPermission(task, slot.permission->expression);
  }

  // A permission is always an operation, also when it only names a relation.
  absl::Status ExpandPermission(const Task& task,
                                const Expression& expression) {
    const bool is_operation = !expression.operands.empty();
    if (is_operation) return ExpandExpression(task, expression);
    MakeChildren(task.tree, ExpandTree::Kind::kUnion, 1);
    Push(task, &task.tree->children[0], &expression);
    return absl::OkStatus();
  }

  absl::Status ExpandExpression(const Task& task,
                                const Expression& expression) {
    switch (expression.kind) {
      case Expression::Kind::kNil:
        return absl::OkStatus();  // a leaf without subjects
      case Expression::Kind::kSelf:
        task.tree->subjects.emplace_back(task.object);
        return absl::OkStatus();
      case Expression::Kind::kName:
        return ExpandName(task, expression);
      case Expression::Kind::kArrow:
      case Expression::Kind::kArrowAll:
        return ExpandArrow(task, expression);
      case Expression::Kind::kUnion:
        return ExpandOperands(task, expression, ExpandTree::Kind::kUnion);
      case Expression::Kind::kIntersection:
        return ExpandOperands(task, expression,
                              ExpandTree::Kind::kIntersection);
      case Expression::Kind::kExclusion:
        return ExpandOperands(task, expression, ExpandTree::Kind::kExclusion);
    }
    return absl::InternalError("unknown expression");
  }

  absl::Status ExpandOperands(const Task& task, const Expression& expression,
                              ExpandTree::Kind kind) {
    MakeChildren(task.tree, kind, expression.operands.size());
    for (size_t i = 0; i < expression.operands.size(); ++i) {
      Push(task, &task.tree->children[i], &expression.operands[i]);
    }
    return absl::OkStatus();
  }

  absl::Status ExpandName(const Task& task, const Expression& expression) {
    const auto named =
        programs_.FindSlot(programs_.slot(task.slot).type, expression.name);
    if (!named) return absl::InternalError("unresolved name in a schema");
    tasks_.push_back({task.tree, *named, nullptr, task.object, task.depth + 1});
    --nodes_;  // the same node of the tree
    return absl::OkStatus();
  }

  absl::Status ExpandArrow(const Task& task, const Expression& expression) {
    const Programs::Slot& slot = programs_.slot(task.slot);
    const auto tupleset = programs_.FindSlot(slot.type, expression.name);
    if (!tupleset) return absl::InternalError("unresolved arrow in a schema");
    std::vector<SubjectRef> objects;
    KITH_RETURN_IF_ERROR(ReadSubjects(*tupleset, task.object, &objects));
    // Objects without the target have no members; `all` needs them as empty.
    const bool all = expression.kind == Expression::Kind::kArrowAll;
    std::vector<std::pair<ObjectRef, std::optional<uint32_t>>> targets;
    for (SubjectRef& subject : objects) {
      if (subject.is_wildcard()) continue;
      const auto target = programs_.FindSlot(
          programs_.symbol(subject.object.type), expression.target);
      if (target || all) targets.emplace_back(subject.object, target);
    }
    MakeChildren(
        task.tree,
        all ? ExpandTree::Kind::kIntersection : ExpandTree::Kind::kUnion,
        targets.size());
    for (size_t i = 0; i < targets.size(); ++i) {
      ExpandTree* child = &task.tree->children[i];
      const auto& [object, target] = targets[i];
      if (target) {
        tasks_.push_back({child, *target, nullptr, object, task.depth + 1});
      } else {
        child->object = object;
        child->relation = expression.target;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ExpandRelation(const Task& task) {
    KITH_RETURN_IF_ERROR(
        ReadSubjects(task.slot, task.object, &task.tree->subjects));
    // Objects first, then subject sets.
    auto& subjects = task.tree->subjects;
    std::stable_partition(
        subjects.begin(), subjects.end(),
        [](const SubjectRef& subject) { return subject.relation.empty(); });
    return absl::OkStatus();
  }

  // The live subjects of a relation that the schema allows, in row order,
  // whatever their caveats.
  absl::Status ReadSubjects(uint32_t index, const ObjectRef& object,
                            std::vector<SubjectRef>* subjects) {
    const Programs::Slot& slot = programs_.slot(index);
    const auto rows =
        evaluation_.snapshot->Scan(TupleFilter{.resource_type = slot.type,
                                               .resource_id = object.id,
                                               .relation = slot.name},
                                   storage::ScanOrder::kForward, nullptr);
    for (; rows->Valid(); rows->Next()) {
      const storage::TupleKey& key = rows->key();
      const Traits traits =
          programs_.TraitsOf(slot, {key.subject_type, key.subject_relation},
                             key.subject_id == kWildcardId);
      KITH_ASSIGN_OR_RETURN(
          const Worth worth,
          RowValue(rows->value(), traits, evaluation_.now, programs_, nullptr));
      if (worth.value == Value::kFalse) continue;
      if (++nodes_ > evaluation_.max_expand_nodes) {
        return absl::ResourceExhaustedError(
            fmt::format("the expanded tree has more than {} nodes and "
                        "subjects, the limit",
                        evaluation_.max_expand_nodes));
      }
      subjects->emplace_back(
          ObjectRef(programs_.name(key.subject_type), key.subject_id),
          programs_.name(key.subject_relation));
    }
    return rows->status();
  }

  static void MakeChildren(ExpandTree* tree, ExpandTree::Kind kind,
                           size_t count) {
    tree->kind = kind;
    tree->children.resize(count);
  }

  void Push(const Task& parent, ExpandTree* tree,
            const Expression* expression) {
    tasks_.push_back(
        {tree, parent.slot, expression, parent.object, parent.depth});
  }

  const Evaluation& evaluation_;
  Programs& programs_;
  std::vector<Task> tasks_;
  uint64_t nodes_ = 0;
};

}  // namespace

absl::StatusOr<ExpandTree> Expand(const Evaluation& evaluation,
                                  const ObjectRef& resource,
                                  std::string_view permission) {
  KITH_ASSIGN_OR_RETURN(
      const uint32_t slot,
      ResolveSlot(evaluation.schema->programs(), resource.type, permission));
  return Expander(evaluation).Run(slot, resource);
}

}  // namespace kith::engine
