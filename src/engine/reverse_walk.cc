#include "engine/reverse_walk.h"

#include <utility>

#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/store.h"

namespace kith::engine {

using storage::TupleFilter;

ReverseWalk::ReverseWalk(const Evaluation& evaluation,
                         const SubjectKind& subject,
                         std::string_view subject_id,
                         const ReverseProgram& program,
                         CaveatEvaluator* caveats)
    : evaluation_(evaluation),
      subject_(subject),
      subject_id_(subject_id),
      program_(program),
      caveats_(caveats) {}

absl::StatusOr<Candidates> ReverseWalk::Run(std::string_view after) {
  after_ = after;
  KITH_RETURN_IF_ERROR(Enter());
  while (!stops_.empty()) {
    ++hops_;
    for (const Stop& stop : std::exchange(stops_, {})) {
      KITH_RETURN_IF_ERROR(Leave(stop));
    }
  }
  Candidates candidates;
  candidates.found.reserve(found_.size());
  for (const ObjectId object : found_) {
    const bool sure = reached_.at(Place(program_.goal(), object));
    candidates.found.push_back(
        {candidates.ids.Keep(objects_[object].id), sure});
  }
  return candidates;
}

absl::Status ReverseWalk::Enter() {
  if (!program_.identity().empty()) {
    const ObjectId own = objects_.Intern(subject_.type, subject_id_);
    KITH_RETURN_IF_ERROR(Land(own, program_.identity(), true));
  }
  for (const ReverseProgram::Entry& entry : program_.entries()) {
    if (!entry.concrete.none()) {
      KITH_RETURN_IF_ERROR(EnterFrom(entry, subject_id_));
    }
    if (!entry.wildcard.none()) {
      KITH_RETURN_IF_ERROR(EnterFrom(entry, kWildcardId));
    }
  }
  return absl::OkStatus();
}

absl::Status ReverseWalk::EnterFrom(const ReverseProgram::Entry& entry,
                                    std::string_view subject_id) {
  const bool is_wildcard = subject_id == kWildcardId;
  const TupleFilter filter{
      .resource_type = entry.resource_type,
      .relation = entry.relation,
      .subject_type = subject_.type,
      .subject_id = subject_id,
      .subject_relation = is_wildcard ? storage::kNoSymbol : subject_.relation};
  return Follow(filter, is_wildcard ? entry.wildcard : entry.concrete,
                program_.landings(entry), true);
}

absl::Status ReverseWalk::Leave(const Stop& stop) {
  if (stop.sure != reached_.at(stop.place)) return absl::OkStatus();
  const auto pc = static_cast<Pc>(stop.place >> 32);
  const Objects::Object object = objects_[static_cast<ObjectId>(stop.place)];
  for (const ReverseProgram::Step& step : program_.steps(pc)) {
    const TupleFilter filter{.resource_type = step.resource_type,
                             .relation = step.relation,
                             .subject_type = object.type,
                             .subject_id = object.id,
                             .subject_relation = step.subject_relation};
    KITH_RETURN_IF_ERROR(
        Follow(filter, step.traits, program_.landings(step), stop.sure));
  }
  return absl::OkStatus();
}

absl::Status ReverseWalk::Follow(const TupleFilter& filter, Traits traits,
                                 std::span<const Landing> landings, bool sure) {
  const auto rows =
      evaluation_.snapshot->Scan(filter, storage::ScanOrder::kReverse, nullptr);
  for (; rows->Valid(); rows->Next()) {
    if (++edges_ > evaluation_.max_lookup_edges) {
      return absl::ResourceExhaustedError(fmt::format(
          "the lookup read more than {} relationships on its way from the "
          "subject, the limit of one lookup",
          evaluation_.max_lookup_edges));
    }
    KITH_ASSIGN_OR_RETURN(const Worth worth,
                          RowValue(rows->value(), traits, evaluation_.now,
                                   evaluation_.schema->programs(), caveats_));
    if (worth.value == Value::kFalse) continue;
    const storage::TupleKey& key = rows->key();
    KITH_RETURN_IF_ERROR(
        Land(objects_.Intern(key.resource_type, key.resource_id), landings,
             sure && worth.value == Value::kTrue));
  }
  return rows->status();
}

absl::Status ReverseWalk::Land(ObjectId object,
                               std::span<const Landing> landings, bool sure) {
  sure = sure && hops_ <= evaluation_.max_depth;
  for (const Landing& landing : landings) {
    const bool sure_here = sure && landing.sure;
    const uint64_t place = Place(landing.pc, object);
    if (IsSeeded(SeededBug::kVisitedObjectAlone) &&
        reached_.contains(Place(program_.goal(), object))) {
      continue;
    }
    const auto [it, fresh] = reached_.try_emplace(place, sure_here);
    if (!fresh) {
      if (it->second || !sure_here) continue;
      it->second = true;
    } else if (landing.pc == program_.goal() && objects_[object].id > after_) {
      if (found_.size() == evaluation_.max_lookup_candidates) {
        return absl::ResourceExhaustedError(fmt::format(
            "the lookup found more than {} resources that may be in the "
            "answer, the limit of one lookup",
            evaluation_.max_lookup_candidates));
      }
      found_.push_back(object);
    }
    if (!program_.steps(landing.pc).empty()) {
      stops_.push_back({place, sure_here});
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::engine
