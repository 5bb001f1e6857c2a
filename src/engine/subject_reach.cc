#include "engine/subject_reach.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/caveats.h"
#include "engine/edges.h"
#include "engine/graph.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "engine/rows.h"
#include "engine/sort_by_id.h"
#include "engine/subject_fixpoint.h"
#include "engine/subject_set.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

// What the leaves of the graph are worth to every subject.
class LeafSets {
 public:
  LeafSets(const Graph& graph, SubjectKind kind, EdgeReader* reader,
           Objects* objects)
      : graph_(graph), kind_(kind), reader_(reader), objects_(objects) {}

  absl::StatusOr<std::vector<SubjectSet>> Read() {
    std::vector<SubjectSet> sets(graph_.size());
    for (Graph::NodeId id = 0; id < graph_.size(); ++id) {
      if (graph_.node(id).cut) continue;
      KITH_ASSIGN_OR_RETURN(sets[id],
                            ReadLeaf(graph_.op(id), graph_.node(id).object));
    }
    return sets;
  }

 private:
  using Member = SubjectSet::Member;

  absl::StatusOr<SubjectSet> ReadLeaf(const Op& op, ObjectId object) {
    if (op.kind == Op::Kind::kIdentity) {
      if ((*objects_)[object].type != kind_.type) return SubjectSet();
      return SubjectSet(Value::kFalse, {{object, Value::kTrue, true}});
    }
    if (op.kind != Op::Kind::kDirect) return SubjectSet();
    Value wildcard = Value::kFalse;
    std::vector<Member> members;
    KITH_RETURN_IF_ERROR(
        reader_->Subjects(op, object, [&](std::string_view id, Value value) {
          if (id == kWildcardId) {
            wildcard = value;
          } else {
            members.push_back({objects_->Intern(kind_.type, id), value, true});
          }
        }));
    for (Member& member : members) member.value = Or(member.value, wildcard);
    return SubjectSet(wildcard, std::move(members));
  }

  const Graph& graph_;
  const SubjectKind kind_;
  EdgeReader* const reader_;
  Objects* const objects_;
};

// Some id that no relationship in reach has, for objects of a type.
std::string UnmentionedId(Symbol type, Objects* objects) {
  for (size_t number = 0;; ++number) {
    std::string id = fmt::to_string(number);
    const size_t met = objects->size();
    objects->Intern(type, id);
    if (objects->size() > met) return id;
  }
}

std::shared_ptr<SubjectReach> List(
    const SubjectSet& set, Symbol type, Objects* objects,
    std::shared_ptr<const CompiledSchema> schema) {
  auto reach = std::make_shared<SubjectReach>(std::move(schema));
  reach->others = set.others();
  reach->listed.reserve(set.size());
  for (const SubjectSet::Member& member : set.members()) {
    const SubjectReach::Subject subject{(*objects)[member.subject].id,
                                        member.value};
    if (member.named || member.value > set.others()) {
      reach->listed.push_back(subject);
    }
    if (member.value < set.others()) reach->excluded.push_back(subject);
  }
  for (auto* subjects : {&reach->listed, &reach->excluded}) {
    SortById(subjects);
    for (auto& subject : *subjects) subject.id = reach->ids.Keep(subject.id);
  }
  reach->unmentioned_id = UnmentionedId(type, objects);
  return reach;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SubjectReach>> FindSubjects(
    const Evaluation& evaluation, const LookupSubjectsRequest& request) {
  Programs& names = evaluation.schema->programs();
  KITH_ASSIGN_OR_RETURN(
      const uint32_t slot,
      ResolveSlot(names, request.resource.type, request.permission));
  const SubjectRef any(ObjectRef(request.subject_type, ""),
                       request.subject_relation);
  KITH_ASSIGN_OR_RETURN(const SubjectKind kind, ResolveSubject(names, any));
  const auto programs = names.For(kind);
  CaveatEvaluator caveats(names, request.context);
  Objects objects;  // the subjects and all else that is met
  Recorder recorder(/*stripes=*/nullptr, evaluation.now);
  EdgeReader reader(evaluation, *programs, /*subject_id=*/"", &objects,
                    &caveats, EdgeReader::Budget::kLookup, &recorder);
  const ObjectId resource =
      objects.Intern(names.slot(slot).type, request.resource.id);
  KITH_ASSIGN_OR_RETURN(const Graph graph,
                        Graph::Explore(*programs, &reader, evaluation.max_depth,
                                       programs->root(slot), resource));
  KITH_ASSIGN_OR_RETURN(std::vector<SubjectSet> leaves,
                        LeafSets(graph, kind, &reader, &objects).Read());
  SubjectFixpoint fixpoint(graph, std::move(leaves));
  if (!fixpoint.Run(evaluation.max_lookup_subjects)) {
    return absl::ResourceExhaustedError(
        fmt::format("the lookup put together sets of more than {} subjects in "
                    "all, the limit of one lookup",
                    evaluation.max_lookup_subjects));
  }
  if (!fixpoint.root_is_decided()) {
    return NoAnswer(graph, evaluation.max_depth);
  }
  auto reach = List(fixpoint.root(), kind.type, &objects, evaluation.schema);
  reach->set_time(recorder.time());
  return reach;
}

}  // namespace kith::engine
