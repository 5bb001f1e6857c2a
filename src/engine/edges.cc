#include "engine/edges.h"

#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "engine/lookup_budget.h"
#include "fmt/format.h"

namespace kith::engine {

using storage::TupleKey;
using storage::TupleValue;

absl::StatusOr<Worth> RowValue(const TupleValue& row, Traits traits,
                               absl::Time now, const Programs& programs,
                               CaveatEvaluator* caveats) {
  if (row.ExpiredAt(now)) return Worth{};
  if (!programs.Permits(traits, row.caveat, row.expires_at.has_value()) &&
      !IsSeeded(SeededBug::kNarrowedSchemaForgotten)) {
    return Worth{};
  }
  if (row.caveat == storage::kNoSymbol) return Worth{Value::kTrue};
  if (caveats == nullptr) return Worth{Value::kUnknown};
  KITH_ASSIGN_OR_RETURN(const AtomId atom,
                        caveats->Evaluate(row.caveat, row.caveat_context));
  return Worth{caveats->atom(atom).value, atom};
}

EdgeReader::EdgeReader(const Evaluation& evaluation,
                       const SubjectPrograms& programs,
                       std::string_view subject_id, Objects* objects,
                       CaveatEvaluator* caveats, Budget budget,
                       Recorder* recorder)
    : evaluation_(evaluation),
      programs_(programs),
      subject_id_(subject_id),
      objects_(objects),
      caveats_(caveats),
      budget_(budget),
      rows_(evaluation.snapshot, evaluation.row_cache, recorder) {}

absl::Status EdgeReader::Count() {
  const bool is_check = budget_ == Budget::kCheck;
  const uint64_t limit =
      is_check ? evaluation_.max_edges : evaluation_.max_lookup_edges;
  if (++edges_read_ <= limit) {
    const bool looks = !is_check && edges_read_ % kLookEvery == 0;
    return looks ? CheckNotCancelled(evaluation_) : absl::OkStatus();
  }
  const std::string_view what = is_check ? "check" : "lookup";
  return absl::ResourceExhaustedError(
      fmt::format("the {} read more than {} relationships, the limit of one {}",
                  what, limit, what));
}

absl::StatusOr<Worth> EdgeReader::Point(const Op& op, ObjectId object,
                                        std::string_view subject_id,
                                        Traits traits) {
  KITH_RETURN_IF_ERROR(Count());
  const Objects::Object& resource = (*objects_)[object];
  const bool is_wildcard = subject_id == kWildcardId;
  const TupleKey key{.resource_type = resource.type,
                     .resource_id = resource.id,
                     .relation = op.relation,
                     .subject_type = programs_.subject().type,
                     .subject_id = subject_id,
                     .subject_relation = is_wildcard
                                             ? storage::kNoSymbol
                                             : programs_.subject().relation};
  TupleValue row;
  KITH_ASSIGN_OR_RETURN(const bool found, rows_.Get(key, &row));
  if (!found) return Worth{};
  return RowValue(row, traits, evaluation_.now, evaluation_.schema->programs(),
                  caveats_);
}

absl::StatusOr<Value> EdgeReader::Leaf(const Op& op, ObjectId object) {
  switch (op.kind) {
    case Op::Kind::kIdentity: {
      const Objects::Object& resource = (*objects_)[object];
      return resource.type == programs_.subject().type &&
                     resource.id == subject_id_
                 ? Value::kTrue
                 : Value::kFalse;
    }
    case Op::Kind::kDirect: {
      Worth concrete;
      if (!op.concrete.none()) {
        KITH_ASSIGN_OR_RETURN(concrete,
                              Point(op, object, subject_id_, op.concrete));
      }
      if (op.wildcard.none() || concrete.value == Value::kTrue) {
        return concrete.value;
      }
      KITH_ASSIGN_OR_RETURN(const Worth wildcard,
                            Point(op, object, kWildcardId, op.wildcard));
      return Or(concrete.value, wildcard.value);
    }
    default:
      return Value::kFalse;  // kNil
  }
}

absl::StatusOr<LeafRows> EdgeReader::Rows(const Op& op, ObjectId object) {
  LeafRows rows;
  if (!op.concrete.none()) {
    KITH_ASSIGN_OR_RETURN(rows.concrete,
                          Point(op, object, subject_id_, op.concrete));
  }
  if (!op.wildcard.none()) {
    KITH_ASSIGN_OR_RETURN(rows.wildcard,
                          Point(op, object, kWildcardId, op.wildcard));
  }
  return rows;
}

absl::Status EdgeReader::Subjects(
    const Op& op, ObjectId object,
    absl::FunctionRef<void(std::string_view id, Value value)> visit) {
  const Objects::Object resource = (*objects_)[object];
  const SubjectKind& kind = programs_.subject();
  const absl::Time now = IsSeeded(SeededBug::kExpiryForgotten)
                             ? absl::InfinitePast()
                             : evaluation_.now;
  return rows_.ScanForward(
      resource.type, resource.id, op.relation, kind.type,
      [&](const TupleKey& key, const TupleValue& row) -> absl::Status {
        // A wildcard is of objects: where it may count, the kind has no
        // relation.
        if (key.subject_relation != kind.relation) return absl::OkStatus();
        KITH_RETURN_IF_ERROR(Count());
        const Traits traits =
            key.subject_id == kWildcardId ? op.wildcard : op.concrete;
        KITH_ASSIGN_OR_RETURN(
            const Worth worth,
            RowValue(row, traits, now, evaluation_.schema->programs(),
                     caveats_));
        if (worth.value != Value::kFalse) visit(key.subject_id, worth.value);
        return absl::OkStatus();
      });
}

absl::Status EdgeReader::Holders(
    const HolderUnit& unit, Traits traits,
    absl::FunctionRef<bool(ObjectId, Value)> visit) {
  bool ended = false;
  const absl::Status status = rows_.ScanReverse(
      unit.subject_type, unit.subject_id, unit.subject_relation,
      unit.resource_type, unit.relation,
      [&](const TupleKey& key, const TupleValue& row) -> absl::Status {
        KITH_ASSIGN_OR_RETURN(const Worth worth,
                              RowValue(row, traits, evaluation_.now,
                                       evaluation_.schema->programs(),
                                       caveats_));
        const ObjectId object =
            objects_->Intern(key.resource_type, key.resource_id);
        ended = !visit(object, worth.value);
        // An error is how a scan is ended; this one has no text to make.
        return ended ? absl::Status(absl::StatusCode::kCancelled, "")
                     : absl::OkStatus();
      });
  return ended ? absl::OkStatus() : status;
}

absl::Status EdgeReader::Edges(const Op& op, ObjectId object,
                               std::vector<Edge>* edges) {
  // One scan for each subject type, so that the thousands of users of a group
  // are not read to find its few subgroups.
  std::span<const Hop> rest = programs_.hops(op);
  while (!rest.empty()) {
    size_t same = 1;
    while (same < rest.size() &&
           rest[same].subject.type == rest[0].subject.type) {
      ++same;
    }
    KITH_RETURN_IF_ERROR(ScanType(op, object, rest.first(same), edges));
    rest = rest.subspan(same);
  }
  return absl::OkStatus();
}

absl::Status EdgeReader::ScanType(const Op& op, ObjectId object,
                                  std::span<const Hop> hops,
                                  std::vector<Edge>* edges) {
  const Objects::Object resource = (*objects_)[object];
  return rows_.ScanForward(
      resource.type, resource.id, op.relation, hops.front().subject.type,
      [&](const TupleKey& key, const TupleValue& row) -> absl::Status {
        KITH_RETURN_IF_ERROR(Count());
        if (key.subject_id == kWildcardId) return absl::OkStatus();
        for (const Hop& hop : hops) {
          if (hop.subject.relation != key.subject_relation) continue;
          return AddEdge(op, hop, key, row, edges);
        }
        return absl::OkStatus();
      });
}

absl::Status EdgeReader::AddEdge(const Op& op, const Hop& hop,
                                 const TupleKey& key, const TupleValue& row,
                                 std::vector<Edge>* edges) {
  KITH_ASSIGN_OR_RETURN(const Worth worth,
                        RowValue(row, hop.traits, evaluation_.now,
                                 evaluation_.schema->programs(), caveats_));
  const bool counts =
      worth.value != Value::kFalse ||
      (op.kind == Op::Kind::kArrowAll && worth.atom != kNoAtom);
  if (!counts) return absl::OkStatus();
  edges->push_back({.target = hop.target,
                    .object = objects_->Intern(key.subject_type,
                                               key.subject_id),
                    .atom = worth.atom,
                    .subject_relation = key.subject_relation,
                    .value = worth.value});
  return absl::OkStatus();
}

}  // namespace kith::engine
