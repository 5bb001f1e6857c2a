#include "engine/lookup_subjects.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/caveats.h"
#include "engine/graph.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "engine/subject_fixpoint.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

constexpr uint32_t kChecksInLot = 256;

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

}  // namespace

absl::StatusOr<std::unique_ptr<SubjectLookup>> SubjectLookup::Run(
    const Evaluation& evaluation, const LookupSubjectsRequest& request) {
  std::unique_ptr<SubjectLookup> lookup(new SubjectLookup(evaluation, request));
  KITH_ASSIGN_OR_RETURN(const SubjectSet set, lookup->Evaluate());
  lookup->List(set);
  return lookup;
}

absl::StatusOr<SubjectSet> SubjectLookup::Evaluate() {
  Programs& names = evaluation_.schema->programs();
  KITH_ASSIGN_OR_RETURN(
      const uint32_t slot,
      ResolveSlot(names, request_.resource.type, request_.permission));
  const SubjectRef any(ObjectRef(request_.subject_type, ""),
                       request_.subject_relation);
  KITH_ASSIGN_OR_RETURN(const SubjectKind kind, ResolveSubject(names, any));
  const auto programs = names.For(kind);
  CaveatEvaluator caveats(names, request_.context);
  EdgeReader reader(evaluation_, *programs, /*subject_id=*/"", &objects_,
                    &caveats, EdgeReader::Budget::kLookup);
  const ObjectId resource =
      objects_.Intern(names.slot(slot).type, request_.resource.id);
  KITH_ASSIGN_OR_RETURN(
      const Graph graph,
      Graph::Explore(*programs, &reader, evaluation_.max_depth,
                     programs->root(slot), resource));
  KITH_ASSIGN_OR_RETURN(std::vector<SubjectSet> leaves,
                        LeafSets(graph, kind, &reader, &objects_).Read());
  SubjectFixpoint fixpoint(graph, std::move(leaves));
  if (!fixpoint.Run(evaluation_.max_lookup_subjects)) {
    return absl::ResourceExhaustedError(
        fmt::format("the lookup put together sets of more than {} subjects in "
                    "all, the limit of one lookup",
                    evaluation_.max_lookup_subjects));
  }
  if (!fixpoint.root_is_decided()) {
    return NoAnswer(graph, evaluation_.max_depth);
  }
  return fixpoint.root();
}

void SubjectLookup::List(const SubjectSet& set) {
  others_ = set.others();
  wildcard_is_next_ = request_.include_wildcards && others_ > Value::kFalse;
  for (const SubjectSet::Member& member : set.members()) {
    const Subject subject{objects_[member.subject].id, member.value};
    if (member.named || member.value > others_) listed_.push_back(subject);
    if (member.value < others_) excluded_.push_back(subject);
  }
  std::ranges::sort(listed_, {}, &Subject::id);
  std::ranges::sort(excluded_, {}, &Subject::id);
}

void SubjectLookup::Skip(std::string_view last_id) {
  wildcard_is_next_ = false;
  if (last_id == kWildcardId) return;
  const auto at = std::ranges::upper_bound(listed_, last_id, {}, &Subject::id);
  next_ = at - listed_.begin();
}

absl::StatusOr<std::optional<FoundSubject>> SubjectLookup::Next() {
  if (wildcard_is_next_) {
    wildcard_is_next_ = false;
    return Wildcard();
  }
  if (next_ == listed_.size()) return std::nullopt;
  const auto& [id, value] = listed_[next_++];
  FoundSubject found;
  found.id = id;
  found.permissionship = ToPermissionship(value);
  KITH_ASSIGN_OR_RETURN(found.missing_context, Missing(id, value));
  return found;
}

absl::StatusOr<FoundSubject> SubjectLookup::Wildcard() {
  FoundSubject wildcard;
  wildcard.id = kWildcardId;
  wildcard.permissionship = ToPermissionship(others_);
  KITH_ASSIGN_OR_RETURN(wildcard.missing_context,
                        Missing(UnmentionedId(), others_));
  for (const auto& [id, value] : excluded_) {
    ExcludedSubject& excluded = wildcard.excluded.emplace_back();
    excluded.id = id;
    excluded.permissionship = ToPermissionship(Not(value));
    KITH_ASSIGN_OR_RETURN(excluded.missing_context, Missing(id, value));
  }
  return wildcard;
}

std::string SubjectLookup::UnmentionedId() {
  const Symbol type =
      evaluation_.schema->programs().symbol(request_.subject_type);
  for (size_t number = 0;; ++number) {
    std::string id = fmt::to_string(number);
    const size_t met = objects_.size();
    objects_.Intern(type, id);
    if (objects_.size() > met) return id;
  }
}

absl::StatusOr<std::vector<std::string>> SubjectLookup::Missing(
    std::string_view id, Value value) {
  if (value != Value::kUnknown) return std::vector<std::string>();
  if (!lot_ || checks_in_lot_ == kChecksInLot) {
    lot_.emplace(evaluation_);
    checks_in_lot_ = 0;
  }
  ++checks_in_lot_;
  const SubjectRef subject(ObjectRef(request_.subject_type, id),
                           request_.subject_relation);
  KITH_ASSIGN_OR_RETURN(CheckAnswer answer,
                        lot_->Check(request_.resource, request_.permission,
                                    subject, request_.context));
  if (answer.permissionship != Permissionship::kConditional) {
    return absl::InternalError("a lookup and a check do not agree");
  }
  return std::move(answer.missing_context);
}

}  // namespace kith::engine
