#include "engine/reverse_walk.h"

#include <algorithm>
#include <utility>

#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "engine/sort_by_id.h"
#include "fmt/format.h"
#include "storage/store.h"

namespace kith::engine {

using storage::TupleKey;
using storage::TupleValue;

ReverseWalk::ReverseWalk(const Evaluation& evaluation,
                         const SubjectKind& subject,
                         std::string_view subject_id,
                         const ReverseProgram& program,
                         CaveatEvaluator* caveats)
    : evaluation_(evaluation),
      subject_(subject),
      subject_id_(subject_id),
      program_(program),
      caveats_(caveats),
      budget_(evaluation),
      recorder_(/*stripes=*/nullptr, evaluation.now),
      rows_(evaluation.snapshot, evaluation.row_cache, &recorder_),
      reach_(std::make_shared<ResourceReach>(evaluation.schema)) {}

absl::StatusOr<std::shared_ptr<const ResourceReach>> ReverseWalk::Run() {
  KITH_RETURN_IF_ERROR(Enter());
  while (!stops_.empty()) {
    ++hops_;
    for (const Stop& stop : std::exchange(stops_, {})) {
      KITH_RETURN_IF_ERROR(Leave(stop));
    }
  }
  reach_->found.reserve(found_.size());
  for (const ObjectId object : found_) {
    const bool sure = reached_.at(Place(program_.goal(), object));
    reach_->found.push_back({reach_->ids.Keep(objects_[object].id), sure});
  }
  SortById(&reach_->found);
  reach_->edges = budget_.spent();
  reach_->set_time(recorder_.time());
  return std::move(reach_);
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
  const ResourceRun relationships{
      .subject_type = subject_.type,
      .subject_relation = is_wildcard ? storage::kNoSymbol : subject_.relation,
      .resource_type = entry.resource_type,
      .relation = entry.relation,
      .subject_id = subject_id,
      .traits = is_wildcard ? entry.wildcard : entry.concrete,
      .sure = true};
  return Follow(relationships, program_.landings(entry));
}

absl::Status ReverseWalk::Leave(const Stop& stop) {
  if (stop.sure != reached_.at(stop.place)) return absl::OkStatus();
  const auto pc = static_cast<Pc>(stop.place >> 32);
  const Objects::Object object = objects_[static_cast<ObjectId>(stop.place)];
  for (const ReverseProgram::Step& step : program_.steps(pc)) {
    const ResourceRun relationships{.subject_type = object.type,
                                    .subject_relation = step.subject_relation,
                                    .resource_type = step.resource_type,
                                    .relation = step.relation,
                                    .subject_id = object.id,
                                    .traits = step.traits,
                                    .sure = stop.sure};
    KITH_RETURN_IF_ERROR(Follow(relationships, program_.landings(step)));
  }
  return absl::OkStatus();
}

absl::Status ReverseWalk::Follow(const ResourceRun& relationships,
                                 std::span<const Landing> landings) {
  if (ReverseProgram::AtEnd(landings)) {
    KITH_RETURN_IF_ERROR(CheckRoom());
    ResourceRun& run = reach_->runs.emplace_back(relationships);
    run.subject_id = reach_->ids.Keep(run.subject_id);
    run.sure &= landings.front().sure && hops_ <= evaluation_.max_depth;
    return absl::OkStatus();
  }
  return rows_.ScanReverse(
      relationships.subject_type, relationships.subject_id,
      relationships.subject_relation, relationships.resource_type,
      relationships.relation,
      [&](const TupleKey& key, const TupleValue& row) -> absl::Status {
        KITH_RETURN_IF_ERROR(budget_.Spend());
        KITH_ASSIGN_OR_RETURN(
            const Worth worth,
            RowValue(row, relationships.traits, evaluation_.now,
                     evaluation_.schema->programs(), caveats_));
        if (worth.value == Value::kFalse) return absl::OkStatus();
        return Land(objects_.Intern(key.resource_type, key.resource_id),
                    landings,
                    relationships.sure && worth.value == Value::kTrue);
      });
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
    } else if (landing.pc == program_.goal()) {
      KITH_RETURN_IF_ERROR(CheckRoom());
      found_.push_back(object);
    }
    if (landing.leads_on) stops_.push_back({place, sure_here});
  }
  return absl::OkStatus();
}

absl::Status ReverseWalk::CheckRoom() const {
  const size_t held = found_.size() + reach_->runs.size();
  if (held < evaluation_.max_lookup_candidates) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "the lookup found more than {} resources that may be in the answer, or "
      "subjects that lead to some, the limit of one lookup",
      evaluation_.max_lookup_candidates));
}

}  // namespace kith::engine
