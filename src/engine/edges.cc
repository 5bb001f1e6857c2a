#include "engine/edges.h"

#include "base/status_macros.h"
#include "fmt/format.h"

namespace kith::engine {

using storage::TupleFilter;
using storage::TupleKey;
using storage::TupleValue;

ObjectId Objects::Intern(Symbol type, std::string_view id) {
  const auto it = index_.find(Object{type, id});
  if (it != index_.end()) return it->second;
  const std::string_view owned = ids_.emplace_back(id);
  const auto object = static_cast<ObjectId>(objects_.size());
  objects_.push_back({type, owned});
  index_.emplace(Object{type, owned}, object);
  return object;
}

absl::StatusOr<Value> RowValue(const TupleValue& row, Traits traits,
                               absl::Time now) {
  if (row.caveat != storage::kNoSymbol) {
    return absl::InternalError("stored relationship carries a caveat");
  }
  if (row.ExpiredAt(now)) return Value::kFalse;
  const Traits carried = row.expires_at ? kExpiringTrait : kPlainTrait;
  return (carried & traits) != 0 ? Value::kTrue : Value::kFalse;
}

EdgeReader::EdgeReader(const Evaluation& evaluation,
                       const SubjectPrograms& programs,
                       std::string_view subject_id, Objects* objects)
    : evaluation_(evaluation),
      programs_(programs),
      subject_id_(subject_id),
      objects_(objects) {}

absl::Status EdgeReader::Count() {
  if (++edges_read_ <= evaluation_.max_edges) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("the check read more than {} relationships, the limit of "
                  "one check",
                  evaluation_.max_edges));
}

absl::StatusOr<Value> EdgeReader::Point(const Op& op, ObjectId object,
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
  return found ? RowValue(row, traits, evaluation_.now) : Value::kFalse;
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
      Value value = Value::kFalse;
      if (op.concrete != 0) {
        KITH_ASSIGN_OR_RETURN(value,
                              Point(op, object, subject_id_, op.concrete));
      }
      if (op.wildcard != 0 && value != Value::kTrue) {
        KITH_ASSIGN_OR_RETURN(const Value wildcard,
                              Point(op, object, kWildcardId, op.wildcard));
        value = Or(value, wildcard);
      }
      return value;
    }
    default:
      return Value::kFalse;  // kNil
  }
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
      KITH_ASSIGN_OR_RETURN(
          const Value value,
          RowValue(rows->value(), hop.traits, evaluation_.now));
      if (value == Value::kFalse) break;
      edges->push_back({hop.target,
                        objects_->Intern(key.subject_type, key.subject_id),
                        value});
      break;
    }
  }
  return rows->status();
}

}  // namespace kith::engine
