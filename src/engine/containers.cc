#include "engine/containers.h"

#include <algorithm>
#include <span>

#include "absl/status/status.h"
#include "base/seeded_bug.h"
#include "engine/reverse_program.h"
#include "engine/value.h"

namespace kith::engine {

// The containers by one nest, breadth first by hops from the subject. A place
// is entered at most twice: when it is reached at all and, should that have
// been over something conditional, again when it is reached for sure.
class Containers::Closure {
 public:
  Closure(const SubjectPrograms& programs, const ReverseProgram& backwards,
          std::string_view subject_id, Objects* objects, EdgeReader* reader)
      : subject_(programs.subject()),
        backwards_(backwards),
        subject_id_(subject_id),
        objects_(*objects),
        reader_(*reader) {
    Enter();
  }

  std::optional<bool> Find(Pc nest, ObjectId object, uint32_t max_hops) const {
    const uint32_t number = table_.Find(nest, object);
    if (number != PlaceTable::kNone) {
      const Place& place = places_[number];
      if (place.value != Value::kTrue || place.hops > max_hops) {
        return std::nullopt;
      }
      return true;
    }
    if (!complete() && !IsSeeded(SeededBug::kContainersCutShort)) {
      return std::nullopt;
    }
    return false;
  }

  bool ended() const { return complete() || failed_; }

  // Reads about `rows` more relationships.
  void Grow(uint64_t rows) {
    rows_left_ = rows;
    while (!ended() && rows_left_ > 0) {
      --rows_left_;  // finding none costs, too
      const Scan scan = scans_[next_];
      bool all = true;
      const absl::Status status = reader_.Holders(
          scan.unit, scan.traits, [&](ObjectId object, Value value) {
            all = rows_left_ > 0;
            if (!all) return false;
            --rows_left_;
            Land(object, scan.landings, And(scan.value, value), scan.hops);
            return true;
          });
      failed_ = !status.ok();
      // What was cut is begun anew in the next turn, which is twice as long.
      if (all) ++next_;
    }
  }

 private:
  using Landing = ReverseProgram::Landing;

  struct Place {
    Value value = Value::kFalse;
    uint32_t hops = 0;  // of the shortest path of that value
  };
  // Relationships to be read: those that name one subject.
  struct Scan {
    HolderUnit unit;
    Traits traits;
    std::span<const Landing> landings;
    Value value = Value::kTrue;  // of the path so far
    uint32_t hops = 0;           // of the objects that it finds
  };

  bool complete() const { return next_ == scans_.size() && !failed_; }

  void Enter() {
    if (!backwards_.identity().empty()) {
      Land(objects_.Intern(subject_.type, subject_id_), backwards_.identity(),
           Value::kTrue, 0);
    }
    for (const ReverseProgram::Entry& entry : backwards_.entries()) {
      HolderUnit unit{.subject_type = subject_.type,
                      .subject_id = subject_id_,
                      .subject_relation = subject_.relation,
                      .resource_type = entry.resource_type,
                      .relation = entry.relation};
      if (!entry.concrete.none()) {
        scans_.push_back({unit, entry.concrete, backwards_.landings(entry)});
      }
      unit.subject_id = kWildcardId;
      unit.subject_relation = storage::kNoSymbol;
      if (!entry.wildcard.none()) {
        scans_.push_back({unit, entry.wildcard, backwards_.landings(entry)});
      }
    }
  }

  void Land(ObjectId object, std::span<const Landing> landings, Value value,
            uint32_t hops) {
    if (value == Value::kFalse) return;
    for (const Landing& landing : landings) {
      uint32_t& number = table_(landing.pc, object);
      if (number == PlaceTable::kNone) {
        number = static_cast<uint32_t>(places_.size());
        places_.emplace_back();
      }
      Place& place = places_[number];
      if (value <= place.value) continue;
      place = {value, hops};
      Leave(landing.pc, object, place);
    }
  }

  void Leave(Pc pc, ObjectId object, const Place& place) {
    const Objects::Object& from = objects_[object];
    for (const ReverseProgram::Step& step : backwards_.steps(pc)) {
      scans_.push_back({{.subject_type = from.type,
                         .subject_id = from.id,
                         .subject_relation = step.subject_relation,
                         .resource_type = step.resource_type,
                         .relation = step.relation},
                        step.traits,
                        backwards_.landings(step),
                        place.value,
                        place.hops + 1});
    }
  }

  const SubjectKind subject_;
  const ReverseProgram& backwards_;
  const std::string_view subject_id_;
  Objects& objects_;
  EdgeReader& reader_;

  PlaceTable table_;  // into places_
  std::vector<Place> places_;
  std::vector<Scan> scans_;  // in the order of their hops
  size_t next_ = 0;          // those before it are done
  uint64_t rows_left_ = 0;   // of this turn
  bool failed_ = false;
};

Containers::Containers(const SubjectPrograms& programs,
                       std::string_view subject_id, uint64_t first_turn,
                       Objects* objects, EdgeReader* reader)
    : programs_(programs),
      subject_id_(subject_id),
      first_turn_(first_turn),
      objects_(*objects),
      reader_(*reader) {}

Containers::~Containers() = default;

std::optional<bool> Containers::Find(Pc nest, ObjectId object,
                                     uint32_t max_hops) const {
  for (const Side& side : sides_) {
    if (side.nest != nest) continue;
    if (side.closure == nullptr) break;
    return side.closure->Find(nest, object, max_hops);
  }
  return std::nullopt;
}

void Containers::Spend(Pc nest, uint64_t rows) {
  auto side = std::ranges::find(sides_, nest, &Side::nest);
  if (side == sides_.end()) {
    sides_.push_back({.nest = nest, .next_turn = first_turn_});
    side = sides_.end() - 1;
  }
  side->spent += rows;
  if (side->spent < side->next_turn) return;
  if (side->closure == nullptr) {
    side->closure = std::make_unique<Closure>(
        programs_, programs_.Backwards(nest), subject_id_, &objects_, &reader_);
  }
  if (!side->closure->ended()) side->closure->Grow(side->next_turn);
  side->next_turn *= 2;
}

}  // namespace kith::engine
