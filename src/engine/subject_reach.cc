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
#include "engine/subject_fixpoint.h"
#include "engine/subject_roster.h"
#include "engine/subject_set.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

// What the leaves of the graph are worth to every subject.
class LeafSets {
 public:
  LeafSets(const Graph& graph, SubjectKind kind, const Objects& objects,
           EdgeReader* reader, SubjectRoster* roster)
      : graph_(graph),
        kind_(kind),
        objects_(objects),
        reader_(reader),
        roster_(roster) {}

  // Adds to the roster whom they name, and numbers it.
  absl::StatusOr<std::vector<SubjectSet>> Read() {
    for (Graph::NodeId id = 0; id < graph_.size(); ++id) {
      if (graph_.node(id).cut) continue;
      KITH_RETURN_IF_ERROR(ReadLeaf(id));
    }
    roster_->Number();
    std::vector<SubjectSet> sets(graph_.size());
    for (const Leaf& leaf : leaves_) {
      std::vector<SubjectSet::Member> members = roster_->MembersOf(leaf.run);
      for (auto& member : members) {
        member.value = Or(member.value, leaf.wildcard);
      }
      sets[leaf.node] = SubjectSet(leaf.wildcard, std::move(members));
    }
    return sets;
  }

 private:
  // One that is worth something to someone.
  struct Leaf {
    Graph::NodeId node;
    SubjectRoster::Run run;
    Value wildcard = Value::kFalse;
  };

  absl::Status ReadLeaf(Graph::NodeId id) {
    const Op& op = graph_.op(id);
    const ObjectId object = graph_.node(id).object;
    if (op.kind == Op::Kind::kIdentity) {
      if (objects_[object].type != kind_.type) return absl::OkStatus();
      leaves_.push_back({id, roster_->BeginRun()});
      roster_->Add(objects_[object].id, Value::kTrue);
      return absl::OkStatus();
    }
    if (op.kind != Op::Kind::kDirect) return absl::OkStatus();
    Leaf& leaf = leaves_.emplace_back(Leaf{id, roster_->BeginRun()});
    return reader_->Subjects(op, object,
                             [&](std::string_view subject, Value value) {
                               if (subject == kWildcardId) {
                                 leaf.wildcard = value;
                               } else {
                                 roster_->Add(subject, value);
                               }
                             });
  }

  const Graph& graph_;
  const SubjectKind kind_;
  const Objects& objects_;
  EdgeReader* const reader_;
  SubjectRoster* const roster_;
  std::vector<Leaf> leaves_;
};

std::shared_ptr<SubjectReach> List(
    const SubjectSet& set, SubjectRoster* roster,
    std::shared_ptr<const CompiledSchema> schema) {
  auto reach = std::make_shared<SubjectReach>(std::move(schema));
  reach->others = set.others();
  if (reach->others == Value::kUnknown) {
    reach->unmentioned_id = roster->UnmentionedId();
  }
  // Of few among many only their own are kept.
  const bool few = set.size() < roster->size() / 2;
  reach->listed.reserve(set.size());
  for (const SubjectSet::Member& member : set.members()) {
    const std::string_view id = roster->id(member.subject);
    const SubjectReach::Subject subject{few ? reach->ids.Keep(id) : id,
                                        member.value};
    if (member.named || member.value > set.others()) {
      reach->listed.push_back(subject);
      reach->all_certain &= subject.value == Value::kTrue;
    }
    if (member.value < set.others()) reach->excluded.push_back(subject);
  }
  if (!few) reach->ids = roster->TakeArena();
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
  Objects objects;  // but for the subjects
  Recorder recorder(/*stripes=*/nullptr, evaluation.now);
  EdgeReader reader(evaluation, *programs, /*subject_id=*/"", &objects,
                    &caveats, EdgeReader::Budget::kLookup, &recorder);
  const ObjectId resource =
      objects.Intern(names.slot(slot).type, request.resource.id);
  KITH_ASSIGN_OR_RETURN(const Graph graph,
                        Graph::Explore(*programs, &reader, evaluation.max_depth,
                                       programs->root(slot), resource));
  SubjectRoster roster;
  KITH_ASSIGN_OR_RETURN(
      std::vector<SubjectSet> leaves,
      LeafSets(graph, kind, objects, &reader, &roster).Read());
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
  auto reach = List(fixpoint.root(), &roster, evaluation.schema);
  reach->set_time(recorder.time());
  return reach;
}

}  // namespace kith::engine
