#include "engine/edges.h"

#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace kith::engine {

using storage::TupleFilter;
using storage::TupleKey;
using storage::TupleValue;

ObjectId Objects::Intern(Symbol type, std::string_view id) {
  const auto it = index_.find(Object{type, id});
  if (it != index_.end()) return it->second;
  const std::string_view owned = ids_.Keep(id);
  const auto object = static_cast<ObjectId>(objects_.size());
  objects_.push_back({type, owned});
  index_.emplace(Object{type, owned}, object);
  return object;
}

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
                       CaveatEvaluator* caveats, Budget budget)
    : evaluation_(evaluation),
      programs_(programs),
      subject_id_(subject_id),
      objects_(objects),
      caveats_(caveats),
      budget_(budget) {}

absl::Status EdgeReader::Count() {
  const bool is_check = budget_ == Budget::kCheck;
  const uint64_t limit =
      is_check ? evaluation_.max_edges : evaluation_.max_lookup_edges;
  if (++edges_read_ <= limit) return absl::OkStatus();
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
  KITH_ASSIGN_OR_RETURN(const bool found, evaluation_.snapshot->Get(key, &row));
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
  // A wildcard is of objects: where it may count, the kind has no relation.
  const auto rows =
      evaluation_.snapshot->Scan({.resource_type = resource.type,
                                  .resource_id = resource.id,
                                  .relation = op.relation,
                                  .subject_type = kind.type,
                                  .subject_relation = kind.relation},
                                 storage::ScanOrder::kForward, nullptr);
  for (; rows->Valid(); rows->Next()) {
    KITH_RETURN_IF_ERROR(Count());
    const std::string_view id = rows->key().subject_id;
    const Traits traits = id == kWildcardId ? op.wildcard : op.concrete;
    const absl::Time now = IsSeeded(SeededBug::kExpiryForgotten)
                               ? absl::InfinitePast()
                               : evaluation_.now;
    KITH_ASSIGN_OR_RETURN(const Worth worth,
                          RowValue(rows->value(), traits, now,
                                   evaluation_.schema->programs(), caveats_));
    if (worth.value != Value::kFalse) visit(id, worth.value);
  }
  return rows->status();
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
  const TupleFilter filter{.resource_type = resource.type,
                           .resource_id = resource.id,
                           .relation = op.relation,
                           .subject_type = hops.front().subject.type};
  const auto rows =
      evaluation_.snapshot->Scan(filter, storage::ScanOrder::kForward, nullptr);
  for (; rows->Valid(); rows->Next()) {
    KITH_RETURN_IF_ERROR(Count());
    const TupleKey& key = rows->key();
    if (key.subject_id == kWildcardId) continue;
    for (const Hop& hop : hops) {
      if (hop.subject.relation != key.subject_relation) continue;
      KITH_ASSIGN_OR_RETURN(const Worth worth,
                            RowValue(rows->value(), hop.traits, evaluation_.now,
                                     evaluation_.schema->programs(), caveats_));
      const bool counts =
          worth.value != Value::kFalse ||
          (op.kind == Op::Kind::kArrowAll && worth.atom != kNoAtom);
      if (!counts) break;
      edges->push_back(
          {.target = hop.target,
           .object = objects_->Intern(key.subject_type, key.subject_id),
           .atom = worth.atom,
           .subject_relation = key.subject_relation,
           .value = worth.value});
      break;
    }
  }
  return rows->status();
}

}  // namespace kith::engine
