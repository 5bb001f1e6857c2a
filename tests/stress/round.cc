#include "stress/round.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "base/mutex.h"
#include "kith/bulk.h"
#include "property/generator.h"
#include "property/schema_generator.h"
#include "property/verdict.h"
#include "stress/timeline.h"
#include "support/implied_subject.h"

namespace kith::stress {
namespace {

using property::Answer;
using property::AtomName;
using property::Model;
using property::Question;
using property::Random;
using property::SchemaAst;
using property::State;
using property::Step;

constexpr int kReaders = 3;
constexpr int kWriters = 2;
constexpr int kQuestionsOfReader = 250;
constexpr int kBurstsOfWriter = 25;

// The times of a round in order; `now` goes from one to the next.
class Clock {
 public:
  explicit Clock(std::vector<absl::Time> instants)
      : instants_(std::move(instants)) {}
  absl::Time Now() const { return instants_[at_.load()]; }
  size_t at() const { return at_.load(); }
  absl::Time operator[](size_t i) const { return instants_[i]; }
  void Advance() {
    size_t at = at_.load();
    if (at + 1 < instants_.size()) at_.compare_exchange_strong(at, at + 1);
  }

 private:
  const std::vector<absl::Time> instants_;
  std::atomic<size_t> at_{0};
};

// What was asked, and what was said.
struct Observation {
  enum class Api : uint8_t { kCheck, kResources, kSubjects };
  Api api = Api::kCheck;
  Question question;
  Answer answer = CheckAnswer();  // kCheck
  absl::Status status;            // of lookups
  std::vector<FoundResource> resources;
  std::vector<FoundSubject> subjects;
  Token token;
  bool at_snapshot = false;
  size_t first_instant = 0;  // of the clock, when it was asked
  size_t last_instant = 0;   // and answered
};

template <typename T>
const T& PickOf(const T& a, const T& b, Random* random) {
  return random->Percent(50) ? a : b;
}

Options RandomOptions(const Model& model, Random* random) {
  Options options;
  options.in_memory = true;
  options.block_cache_bytes = 1 << 20;
  options.max_depth = model.max_depth;
  options.gc_window = absl::Hours(1'000'000);
  options.shadow_check_interval = 0;
  const std::vector<uint64_t> bytes = {0,        2048,      4096,
                                       64 << 10, 256 << 20, 256 << 20};
  options.row_cache_bytes = random->Pick(bytes);
  options.result_cache_bytes = random->Pick(bytes);
  options.change_stripes =
      random->Pick(std::vector<uint64_t>{1, 4, 64, 1 << 16});
  options.cache_hash_bits = random->Pick(std::vector<uint32_t>{1, 4, 64, 64});
  return options;
}

std::vector<absl::Time> InstantsOf(const Model& model) {
  std::set<absl::Time> instants = {model.start};
  for (const property::Phase& phase : model.phases) {
    for (const Step& step : phase.steps) {
      for (const Update& update : step.updates) {
        const auto& expiry = update.relationship.expires_at;
        if (!expiry || *expiry <= model.start) continue;
        for (const int nanoseconds : {-1, 0, 1}) {
          instants.insert(*expiry + absl::Nanoseconds(nanoseconds));
        }
      }
    }
  }
  return {instants.lower_bound(model.start), instants.end()};
}

class Round {
 public:
  Round(uint64_t seed, Tally* tally)
      : seed_(seed),
        tally_(*tally),
        model_(property::MakeModel(seed)),
        clock_(InstantsOf(model_)) {
    for (const property::Phase& phase : model_.phases) {
      for (const Step& step : phase.steps) {
        pool_.insert(pool_.end(), step.updates.begin(), step.updates.end());
      }
    }
    objects_ = model_.objects;
    for (const SubjectRef& subject : model_.subjects) {
      objects_.push_back(subject.object);
    }
  }

  std::optional<std::string> Run() {
    Random random(seed_);
    Options options = RandomOptions(model_, &random);
    options.now = [this] { return clock_.Now(); };
    description_ =
        fmt::format("seed {}: rows {} results {} stripes {} hash bits {}",
                    seed_, options.row_cache_bytes, options.result_cache_bytes,
                    options.change_stripes, options.cache_hash_bits);
    auto db = Database::Open(options);
    if (!db.ok()) return db.status().ToString();
    db_ = *std::move(db);
    const auto written = db_->WriteSchema(property::SchemaText(model_.schema));
    if (!written.ok()) return written.status().ToString();
    timeline_.WriteSchema(model_.schema, written->written_at);
    Remember(written->written_at);
    RunThreads();
    AddStats();
    return failure_ ? failure_ : Verify();
  }

 private:
  void RunThreads() {
    std::vector<std::thread> threads;
    std::array<std::vector<Observation>, kReaders> observed;
    for (int i = 0; i < kReaders; ++i) {
      threads.emplace_back([this, i, &observed] { Read(i, &observed[i]); });
    }
    for (int i = 0; i < kWriters; ++i) {
      threads.emplace_back([this, i] { Write(i); });
    }
    for (std::thread& thread : threads) thread.join();
    for (auto& some : observed) {
      for (Observation& one : some) observed_.push_back(std::move(one));
    }
  }

  void Fail(std::string what) {
    MutexLock lock(&mutex_);
    if (!failure_) failure_ = description_ + ": " + std::move(what);
  }

  // Tokens that readers may ask for.
  void Remember(const Token& token) {
    MutexLock lock(&mutex_);
    tokens_.push_back(token);
  }
  Token AnyToken(Random* random) {
    MutexLock lock(&mutex_);
    // One of the newest as a rule.
    const size_t among = random->Percent(80)
                             ? std::min<size_t>(4, tokens_.size())
                             : tokens_.size();
    return tokens_[tokens_.size() - 1 - random->Below(among)];
  }

  // ---- Writers --------------------------------------------------------------

  void Write(int writer) {
    Random random(seed_ * 31 + 100 + static_cast<uint64_t>(writer));
    for (int i = 0; i < kBurstsOfWriter; ++i) {
      if (random.Percent(15)) clock_.Advance();
      // The order of the commits is that of the calls, and must be known.
      MutexLock lock(&order_);
      if (random.Percent(6)) {
        WriteSchema(&random);
      } else if (random.Percent(12)) {
        Import(&random);
      } else {
        Burst(&random);
      }
    }
  }

  void WriteSchema(Random* random) KITH_REQUIRES(order_) {
    const SchemaAst next =
        random->Percent(30)
            ? model_.schema
            : ChangeSchema(timeline_.schema(), timeline_.state().All(), random);
    const auto written = db_->WriteSchema(property::SchemaText(next));
    if (!written.ok()) return;  // what is stored needs the one before
    timeline_.WriteSchema(next, written->written_at);
    Remember(written->written_at);
    ++schemas_;
  }

  void Import(Random* random) KITH_REQUIRES(order_) {
    ImportRequest request;
    request.mode = ImportMode::kTouch;
    Step step = Updates(random);
    std::vector<Relationship> relationships;
    for (Update& update : step.updates) {
      update.operation = Update::Operation::kTouch;
      relationships.push_back(update.relationship);
    }
    const auto import = db_->NewImport(request);
    if (!import->Add(std::move(relationships)).ok()) return;
    const auto result = import->Commit();
    if (!result.ok()) return;
    timeline_.Take(step, result->written_at);
    Remember(result->written_at);
  }

  // Several commits at once, which a group of commits may make one write.
  void Burst(Random* random) KITH_REQUIRES(order_) {
    struct Pending {
      Step step;
      std::promise<absl::StatusOr<Token>> token;
    };
    std::vector<std::unique_ptr<Pending>> burst;
    for (size_t n = random->Between(1, 4); n > 0; --n) {
      burst.push_back(std::make_unique<Pending>());
      Pending* const one = burst.back().get();
      if (random->Percent(15)) {
        one->step.removed =
            property::MakeFilter(random->Pick(pool_).relationship, random);
        DeleteRequest request;
        request.filter = *one->step.removed;
        db_->DeleteByFilterAsync(request, [one](auto result) {
          one->token.set_value(result.ok()
                                   ? absl::StatusOr<Token>(result->deleted_at)
                                   : absl::StatusOr<Token>(result.status()));
        });
        continue;
      }
      one->step = Updates(random);
      WriteRequest request;
      request.updates = one->step.updates;
      db_->WriteAsync(std::move(request), [one](auto result) {
        one->token.set_value(result.ok()
                                 ? absl::StatusOr<Token>(result->written_at)
                                 : absl::StatusOr<Token>(result.status()));
      });
    }
    for (const auto& one : burst) {
      const auto token = one->token.get_future().get();
      // Refused: the schema of now does not allow it.
      if (!token.ok()) continue;
      timeline_.Take(one->step, *token);
      Remember(*token);
    }
  }

  Step Updates(Random* random) {
    Step step;
    std::set<std::string> named;
    for (size_t n = random->Between(1, 5); n > 0; --n) {
      Update update = random->Pick(pool_);
      if (!named.insert(property::IdentityText(update.relationship)).second)
        continue;
      update.operation = random->Percent(40) ? Update::Operation::kDelete
                                             : Update::Operation::kTouch;
      step.updates.push_back(std::move(update));
    }
    return step;
  }

  // ---- Readers --------------------------------------------------------------

  void Read(int reader, std::vector<Observation>* observed) {
    Random random(seed_ * 31 + static_cast<uint64_t>(reader));
    for (int i = 0; i < kQuestionsOfReader; ++i) {
      Observation one;
      if (random.Percent(4)) clock_.Advance();
      one.first_instant = clock_.at();
      Consistency consistency;
      if (random.Percent(25)) {
        one.at_snapshot = true;
        consistency = Consistency::AtExactSnapshot(AnyToken(&random));
      } else if (random.Percent(30)) {
        consistency = Consistency::AtLeastAsFresh(AnyToken(&random));
      }
      one.question = AnyQuestion(&random);
      const size_t kind = random.Below(100);
      if (kind < 70) {
        Check(consistency, std::move(one), observed);
      } else if (kind < 85) {
        CheckBulk(consistency, std::move(one), &random, observed);
      } else if (kind < 95) {
        LookupResources(consistency, std::move(one), observed);
      } else {
        LookupSubjects(consistency, std::move(one), observed);
      }
    }
  }

  // Few subjects and contexts, so that questions are asked again and again.
  Question AnyQuestion(Random* random) const {
    Question question;
    const ObjectRef& object = random->Pick(model_.objects);
    const property::TypeDef& type = *model_.schema.FindType(object.type);
    question.atom = {object.type, "", object.id};
    if (!type.permissions.empty() && random->Percent(75)) {
      question.atom.name = random->Pick(type.permissions).name;
    } else if (!type.relations.empty()) {
      question.atom.name = random->Pick(type.relations).name;
    } else {
      return AnyQuestion(random);
    }
    const size_t few = std::min<size_t>(5, model_.subjects.size());
    question.subject = model_.subjects[random->Below(few)];
    if (random->Percent(40)) question.context = random->Pick(model_.contexts);
    return question;
  }

  void Check(const Consistency& consistency, Observation one,
             std::vector<Observation>* observed) {
    CheckRequest request;
    request.resource = ObjectRef(one.question.atom.type, one.question.atom.id);
    request.permission = one.question.atom.name;
    request.subject = one.question.subject;
    request.context = one.question.context;
    request.consistency = consistency;
    const auto result = db_->Check(request);
    one.last_instant = clock_.at();
    if (!result.ok()) {
      // An error has no token: of a snapshot alone it is known whose it is.
      if (!one.at_snapshot) return;
      one.answer = result.status();
      one.token = consistency.token;
    } else {
      one.answer = CheckAnswer(*result);
      one.token = result->checked_at;
    }
    observed->push_back(std::move(one));
  }

  void CheckBulk(const Consistency& consistency, Observation first,
                 Random* random, std::vector<Observation>* observed) {
    BulkCheckRequest request;
    request.consistency = consistency;
    std::vector<Question> questions = {first.question};
    for (size_t n = random->Between(1, 7); n > 0; --n) {
      Question next = AnyQuestion(random);
      if (random->Percent(70)) {
        next.subject = first.question.subject;
        next.context = first.question.context;
      }
      questions.push_back(std::move(next));
    }
    for (const Question& question : questions) {
      request.items.push_back({ObjectRef(question.atom.type, question.atom.id),
                               question.atom.name, question.subject,
                               question.context});
    }
    const auto result = db_->CheckBulk(request);
    const size_t last = clock_.at();
    if (!result.ok()) return Fail("bulk: " + result.status().ToString());
    for (size_t i = 0; i < questions.size(); ++i) {
      Observation one = first;
      one.question = questions[i];
      one.last_instant = last;
      one.token = result->checked_at;
      one.answer = result->answers[i];
      observed->push_back(std::move(one));
    }
  }

  template <typename Stream, typename Found>
  absl::Status Drain(const absl::StatusOr<std::unique_ptr<Stream>>& stream,
                     Observation* one, std::vector<Found>* found) {
    if (!stream.ok()) return stream.status();
    one->token = (*stream)->looked_up_at();
    while (true) {
      auto some = (*stream)->Next();
      if (!some.ok()) return some.status();
      if (some->empty()) return absl::OkStatus();
      found->insert(found->end(), some->begin(), some->end());
    }
  }

  void LookupResources(const Consistency& consistency, Observation one,
                       std::vector<Observation>* observed) {
    one.api = Observation::Api::kResources;
    LookupResourcesRequest request;
    request.resource_type = one.question.atom.type;
    request.permission = one.question.atom.name;
    request.subject = one.question.subject;
    request.context = one.question.context;
    request.consistency = consistency;
    one.status = Drain(db_->LookupResources(request), &one, &one.resources);
    one.last_instant = clock_.at();
    if (one.status.ok()) observed->push_back(std::move(one));
  }

  void LookupSubjects(const Consistency& consistency, Observation one,
                      std::vector<Observation>* observed) {
    one.api = Observation::Api::kSubjects;
    LookupSubjectsRequest request;
    request.resource = ObjectRef(one.question.atom.type, one.question.atom.id);
    request.permission = one.question.atom.name;
    request.subject_type = one.question.subject.object.type;
    request.subject_relation = one.question.subject.relation;
    request.context = one.question.context;
    request.consistency = consistency;
    one.status = Drain(db_->LookupSubjects(request), &one, &one.subjects);
    one.last_instant = clock_.at();
    if (one.status.ok()) observed->push_back(std::move(one));
  }

  // ---- Afterwards -----------------------------------------------------------

  void AddStats() {
    const DatabaseStats stats = db_->Stats();
    ++tally_.rounds;
    MutexLock lock(&order_);
    tally_.commits += timeline_.size();
    tally_.schemas += schemas_;
    tally_.instants += clock_.at();
    tally_.result_hits += stats.result_cache.hits;
    tally_.row_hits += stats.row_cache.hits;
    tally_.stale += stats.result_cache.stale + stats.row_cache.stale;
    tally_.evictions +=
        stats.result_cache.evictions + stats.row_cache.evictions;
  }

  // Observations of one moment and time share an oracle, and of one subject
  // and context a solution.
  std::optional<std::string> Verify() {
    MutexLock lock(&order_);
    std::stable_sort(
        observed_.begin(), observed_.end(),
        [](const Observation& a, const Observation& b) {
          return std::tie(a.token, a.first_instant, a.question.subject) <
                 std::tie(b.token, b.first_instant, b.question.subject);
        });
    for (const Observation& one : observed_) {
      const auto moment = timeline_.Find(one.token);
      if (!moment) return description_ + ": a token of no commit";
      Count(one);
      std::string complaints;
      bool right = false;
      for (size_t i = one.first_instant; i <= one.last_instant && !right; ++i) {
        const auto complaint = ComplaintAt(one, *moment, i);
        right = !complaint;
        if (complaint) complaints += fmt::format("\n  {}", *complaint);
      }
      if (right) continue;
      return fmt::format("{}{}: commit {} of {}:{}", description_,
                         one.at_snapshot ? ", at a snapshot" : "", *moment,
                         timeline_.size(), complaints);
    }
    return std::nullopt;
  }

  void Count(const Observation& one) {
    ++(one.api == Observation::Api::kCheck       ? tally_.checks
       : one.api == Observation::Api::kResources ? tally_.resources
                                                 : tally_.subjects);
    if (!one.answer.ok()) ++tally_.errors;
    if (one.at_snapshot) ++tally_.snapshots;
  }

  std::optional<std::string> ComplaintAt(const Observation& one, size_t moment,
                                         size_t instant) KITH_REQUIRES(order_) {
    if (oracle_ == nullptr || oracle_of_ != std::pair(moment, instant)) {
      solutions_.clear();
      oracle_of_ = {moment, instant};
      oracle_.reset(new property::Oracle(
          timeline_.OracleOf(moment, clock_[instant], objects_)));
    }
    switch (one.api) {
      case Observation::Api::kCheck:
        return property::Complaint(
            one.answer, one.question,
            Solved(one.question.subject, one.question.context),
            model_.max_depth, property::Names::kAny);
      case Observation::Api::kResources:
        return ResourcesComplaint(one);
      case Observation::Api::kSubjects:
        return SubjectsComplaint(one);
    }
    return std::nullopt;
  }

  const property::Solution& Solved(const SubjectRef& subject,
                                   const Struct& context) {
    for (const auto& [of, with, solution] : solutions_) {
      if (of == subject && with == context) return *solution;
    }
    auto solution =
        std::make_unique<property::Solution>(oracle_->Solve(subject, context));
    solutions_.emplace_back(subject, context, std::move(solution));
    return *std::get<2>(solutions_.back());
  }

  // Only what the depth limit does not hide; the property tests know more.
  std::optional<std::string> ResourcesComplaint(const Observation& one) {
    const property::Solution& solution =
        Solved(one.question.subject, one.question.context);
    std::map<std::string, Permissionship> found;
    for (const FoundResource& resource : one.resources) {
      found[resource.id] = resource.permissionship;
    }
    for (const AtomName& atom : oracle_->atoms()) {
      if (atom.type != one.question.atom.type ||
          atom.name != one.question.atom.name) {
        continue;
      }
      const auto it = found.find(atom.id);
      const Permissionship said =
          it == found.end() ? Permissionship::kNoPermission : it->second;
      if (IsRight(said, solution.Get(atom))) continue;
      return fmt::format("lookup of {} says {} of {}", one.question.ToString(),
                         static_cast<int>(said), atom.id);
    }
    return std::nullopt;
  }

  std::optional<std::string> SubjectsComplaint(const Observation& one) {
    const SubjectRef& like = one.question.subject;
    std::set<std::string> ids = {"never-seen"};
    for (const ObjectRef& object : objects_) {
      if (object.type == like.object.type) ids.insert(object.id);
    }
    for (const std::string& id : ids) {
      const SubjectRef subject(ObjectRef(like.object.type, id), like.relation);
      const Permissionship said =
          support::Implied(one.subjects, id).permissionship;
      if (IsRight(
              said,
              Solved(subject, one.question.context).Get(one.question.atom))) {
        continue;
      }
      return fmt::format("lookup of subjects of {} says {} of {}",
                         one.question.ToString(), static_cast<int>(said), id);
    }
    return std::nullopt;
  }

  const uint64_t seed_;
  Tally& tally_;
  const Model model_;
  Clock clock_;
  std::vector<Update> pool_;
  std::vector<ObjectRef> objects_;
  std::string description_;
  std::unique_ptr<Database> db_;

  Mutex order_;  // of the commits
  Timeline timeline_ KITH_GUARDED_BY(order_);
  uint64_t schemas_ KITH_GUARDED_BY(order_) = 0;

  Mutex mutex_;
  std::vector<Token> tokens_ KITH_GUARDED_BY(mutex_);
  std::optional<std::string> failure_ KITH_GUARDED_BY(mutex_);

  // Of Verify.
  std::vector<Observation> observed_;
  std::pair<size_t, size_t> oracle_of_;
  std::unique_ptr<property::Oracle> oracle_;
  std::vector<
      std::tuple<SubjectRef, Struct, std::unique_ptr<property::Solution>>>
      solutions_;
};

}  // namespace

std::string Tally::ToString() const {
  return fmt::format(
      "rounds={} commits={} schemas={} instants={} checks={} resources={} "
      "subjects={} errors={} snapshots={} result_hits={} row_hits={} stale={} "
      "evictions={}",
      rounds, commits, schemas, instants, checks, resources, subjects, errors,
      snapshots, result_hits, row_hits, stale, evictions);
}

std::optional<std::string> RunRound(uint64_t seed, Tally* tally) {
  return Round(seed, tally).Run();
}

}  // namespace kith::stress
