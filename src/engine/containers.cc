#include "engine/containers.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/coding.h"
#include "base/seeded_bug.h"
#include "engine/edges.h"
#include "engine/place_table.h"
#include "engine/result_cache.h"
#include "engine/reverse_program.h"
#include "engine/row_cache.h"
#include "engine/value.h"

namespace kith::engine {
namespace {

// What the subject's side may read in its first turn, however little the search
// has read, if what it finds is of use to later checks.
constexpr uint64_t kFirstReads = 64;
// Relationships that containers rest on, up to which they are kept.
constexpr size_t kMaxDependencies = 4096;

const storage::ChangeStripes* StripesOf(const Evaluation& evaluation) {
  if (evaluation.row_cache != nullptr) return evaluation.row_cache->stripes();
  if (evaluation.result_cache != nullptr) {
    return evaluation.result_cache->stripes();
  }
  return nullptr;
}

std::optional<Containers::Answer> AnswerFrom(
    const std::optional<Container>& container, bool complete,
    uint32_t max_hops) {
  if (container) {
    const bool sure =
        container->value == Value::kTrue && container->hops <= max_hops;
    if (!sure) return std::nullopt;
    return Containers::Answer{.contained = true, .hops = container->hops};
  }
  if (complete || IsSeeded(SeededBug::kContainersCutShort)) {
    return Containers::Answer{};
  }
  return std::nullopt;
}

}  // namespace

// The containers by one nest, breadth first by hops from the subject. A place
// is entered at most twice: when it is reached at all and, should that have
// been over something conditional, again when it is reached for sure.
class Containers::Closure {
 public:
  Closure(const Evaluation& evaluation, const SubjectPrograms& programs,
          Pc nest, std::string_view subject_id, Objects* objects)
      : subject_(programs.subject()),
        backwards_(programs.Backwards(nest)),
        subject_id_(subject_id),
        objects_(*objects),
        recorder_(StripesOf(evaluation), evaluation.now, kMaxDependencies),
        reader_(evaluation, programs, subject_id, objects, nullptr,
                EdgeReader::Budget::kCheck, &recorder_) {
    Enter();
  }

  std::optional<Answer> Find(Pc nest, ObjectId object,
                             uint32_t max_hops) const {
    const uint32_t number = table_.Find(nest, object);
    if (number == PlaceTable::kNone) {
      return AnswerFrom(std::nullopt, complete(), max_hops);
    }
    return AnswerFrom(places_[number].container, complete(), max_hops);
  }

  // All containers; only when it is complete.
  std::string Block() const {
    ContainerBlockBuilder block(places_.size());
    for (const Place& place : places_) {
      const Objects::Object& object = objects_[place.object];
      block.Add(place.pc, object.type, object.id, place.container);
    }
    return block.Take();
  }

  const Recorder& recorder() const { return recorder_; }
  // Not to be kept.
  bool large() const {
    return block_bytes_ > RowCache::kMaxBlockBytes || !recorder_.complete();
  }
  bool complete() const { return next_ == scans_.size() && !failed_; }
  bool ended() const { return complete() || failed_; }

  // Reads about so much more.
  void Grow(uint64_t reads) {
    rows_left_ = reads;
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
    Pc pc = kNilPc;
    ObjectId object = 0;
    Container container;
  };
  // Relationships to be read: those that name one subject.
  struct Scan {
    HolderUnit unit;
    Traits traits;
    std::span<const Landing> landings;
    Value value = Value::kTrue;  // of the path so far
    uint32_t hops = 0;           // of the objects that it finds
  };

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
        places_.push_back({landing.pc, object, {}});
        block_bytes_ +=
            ContainerBlockBuilder::kPlaceBytes + objects_[object].id.size();
      }
      Container& known = places_[number].container;
      if (value <= known.value) continue;
      known = {value, hops};
      Leave(landing.pc, object, known);
    }
  }

  void Leave(Pc pc, ObjectId object, const Container& container) {
    const Objects::Object& from = objects_[object];
    for (const ReverseProgram::Step& step : backwards_.steps(pc)) {
      scans_.push_back({{.subject_type = from.type,
                         .subject_id = from.id,
                         .subject_relation = step.subject_relation,
                         .resource_type = step.resource_type,
                         .relation = step.relation},
                        step.traits,
                        backwards_.landings(step),
                        container.value,
                        container.hops + 1});
    }
  }

  const SubjectKind subject_;
  const ReverseProgram& backwards_;
  const std::string_view subject_id_;
  Objects& objects_;
  Recorder recorder_;
  EdgeReader reader_;

  PlaceTable table_;  // into places_
  std::vector<Place> places_;
  std::vector<Scan> scans_;  // in the order of their hops
  size_t next_ = 0;          // those before it are done
  uint64_t rows_left_ = 0;   // of this turn
  size_t block_bytes_ = 0;   // of what would be kept, at least
  bool failed_ = false;
};

Containers::Containers(const Evaluation& evaluation,
                       const SubjectPrograms& programs,
                       std::string_view subject_id, Objects* objects)
    : evaluation_(evaluation),
      programs_(programs),
      subject_id_(subject_id),
      objects_(*objects) {}

Containers::~Containers() {
  for (const Side& side : sides_) {
    const bool complete =
        !side.kept.empty() || (side.closure && side.closure->complete());
    if (!complete && !side.large &&
        side.spent_here >= evaluation_.both_sides_after) {
      Keep(side);
    }
  }
}

std::optional<Containers::Answer> Containers::Find(Pc nest, ObjectId object,
                                                   uint32_t max_hops) {
  Side& side = SideOf(nest);
  std::optional<Answer> answer;
  if (!side.kept.empty()) {
    const Objects::Object& of = objects_[object];
    answer = AnswerFrom(ContainerBlock(side.kept).Find(nest, of.type, of.id),
                        true, max_hops);
  } else if (side.closure != nullptr) {
    answer = side.closure->Find(nest, object, max_hops);
  }
  if (answer) side.answered = true;
  return answer;
}

bool Containers::AddTo(Support* support) const {
  for (const Side& side : sides_) {
    if (!side.answered) continue;
    if (side.closure == nullptr) {
      support->time.Intersect(side.kept_time);
      if (!support->Add(side.kept_dependencies)) return false;
      continue;
    }
    const Recorder& read = side.closure->recorder();
    support->time.Intersect(read.time());
    if (!read.complete() || !support->Add(read.dependencies())) return false;
  }
  return true;
}

void Containers::Spend(Pc nest, uint64_t reads) {
  Side& side = SideOf(nest);
  side.spent += reads;
  side.spent_here += reads;
  if (side.spent < side.next_turn || !side.kept.empty()) return;
  if (side.closure == nullptr) {
    side.closure = std::make_unique<Closure>(evaluation_, programs_, nest,
                                             subject_id_, &objects_);
  }
  if (side.closure->ended()) return;
  side.next_turn *= 2;
  if (MayKeep(side)) side.next_turn = std::max(side.next_turn, kFirstReads);
  side.closure->Grow(side.next_turn);
  if (side.closure->complete()) Keep(side);
}

Containers::Side& Containers::SideOf(Pc nest) {
  for (Side& side : sides_) {
    if (side.nest == nest) return side;
  }
  Side& side = sides_.emplace_back();
  side.nest = nest;
  side.next_turn = evaluation_.both_sides_after;
  if (evaluation_.row_cache != nullptr) Load(&side);
  return side;
}

// What is kept
// -----------------------------------------------------------------

// The schema, for whose programs operations are numbers, and the subject.
std::string Containers::Key(Pc nest) const {
  const SubjectKind& kind = programs_.subject();
  std::string key;
  PutU16(&key, storage::kNoSymbol);  // no row begins so
  PutU64(&key, evaluation_.schema->serial());
  PutU32(&key, nest);
  PutU16(&key, kind.type);
  PutU16(&key, kind.relation);
  key.append(subject_id_);
  return key;
}

void Containers::Load(Side* side) {
  const EpochPin pin;
  const auto hit = evaluation_.row_cache->FindMade(
      pin, Key(side->nest), evaluation_.snapshot->revision(), evaluation_.now);
  if (!hit) return;
  const ContainerBlock block(hit->payload);
  if (block.is_hint()) {
    const ContainerBlock::Hint hint = block.hint();
    side->large = hint.large;
    side->spent = hint.spent;
    side->next_turn = hint.next_turn;
    return;
  }
  side->kept = hit->payload;
  side->kept_dependencies.assign(hit->dependencies.begin(),
                                 hit->dependencies.end());
  side->kept_time = hit->time;
}

void Containers::Keep(const Side& side) {
  if (evaluation_.row_cache == nullptr) return;
  ExactCache::Value value{.revision = evaluation_.snapshot->revision()};
  const Closure* const closure = side.closure.get();
  if (closure != nullptr && closure->complete() && !closure->large()) {
    const std::string block = closure->Block();
    value.payload = block;
    value.time = closure->recorder().time();
    value.dependencies = closure->recorder().dependencies();
    evaluation_.row_cache->InsertMade(Key(side.nest), value);
    return;
  }
  ContainerBlock::Hint hint{side.spent, side.next_turn};
  if (closure != nullptr && closure->large()) {
    hint.large = true;
    hint.spent = 0;
  }
  const std::string bytes = ContainerBlock::MakeHint(hint);
  value.payload = bytes;
  evaluation_.row_cache->InsertMade(Key(side.nest), value);
}

}  // namespace kith::engine
