#include "property/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "kith/bulk.h"
#include "property/laws.h"
#include "property/lookup_verdict.h"
#include "property/oracle.h"
#include "property/read_verdict.h"
#include "property/schema_generator.h"

namespace kith::property {
namespace {

using Api = Reproduction::Api;

// One more object to be a member through takes away, as exclusion does.
bool MayShrink(const Expr& expr) {
  return expr.kind == Expr::Kind::kExclusion ||
         expr.kind == Expr::Kind::kArrowAll ||
         std::any_of(expr.operands.begin(), expr.operands.end(), MayShrink);
}

bool MayShrink(const SchemaAst& schema) {
  for (const TypeDef& type : schema.types) {
    for (const PermissionDef& permission : type.permissions) {
      if (MayShrink(permission.expr)) return true;
    }
  }
  return false;
}

// A state that is or was current, how to ask about it, and what was asked.
struct Snapshot {
  SchemaAst schema;
  std::vector<Relationship> relationships;
  Consistency consistency;
  std::vector<Asked> asked = {};
};

bool KnownTo(const SchemaAst& schema, const Question& question) {
  const TypeDef* const resource = schema.FindType(question.atom.type);
  const SubjectRef& subject = question.subject;
  const TypeDef* const type = schema.FindType(subject.object.type);
  return resource != nullptr && resource->Has(question.atom.name) &&
         type != nullptr &&
         (subject.relation.empty() || type->Has(subject.relation));
}

class ModelComparison {
 public:
  ModelComparison(const Model& model, CacheSetting caches, Tally* tally)
      : model_(model),
        caches_(caches),
        tally_(*tally),
        random_(model.seed ^ 0x5eed) {
    objects_ = model.objects;
    for (const SubjectRef& subject : model.subjects) {
      objects_.push_back(subject.object);
    }
  }

  std::optional<Mismatch> Run() {
    ++tally_.models;
    Open();
    for (const Phase& phase : model_.phases) {
      if (Failed()) break;
      now_ = phase.now;
      if (phase.schema) WriteSchema(*phase.schema);
      for (const Step& step : phase.steps) {
        if (!Failed()) Play(step);
      }
      if (!Failed()) ComparePhase();
    }
    if (!Failed()) CompareLaws();
    if (!Failed()) CompareCopy();
    if (!Failed()) CompareGrowth();
    if (!Failed()) CompareTimes();
    if (db_ != nullptr) AddCacheStats();
    return std::move(mismatch_);
  }

 private:
  bool Failed() const { return mismatch_.has_value(); }

  void Fail(std::string what,
            std::optional<Reproduction> reproduction = std::nullopt) {
    if (!Failed()) {
      mismatch_ = Mismatch{std::move(what), std::move(reproduction)};
    }
  }
  void FailOn(std::string_view what, std::optional<std::string> complaint) {
    if (complaint) Fail(fmt::format("{}{}", what, *complaint));
  }

  // False (and a mismatch) when a call that must succeed did not.
  template <typename T>
  bool Require(const absl::StatusOr<T>& result, std::string_view what) {
    if (!result.ok()) {
      Fail(fmt::format("{}: {}", what, result.status().ToString()));
    }
    return result.ok();
  }

  // ---- The database ---------------------------------------------------------

  Options MakeOptions() {
    Options options;
    options.in_memory = true;
    options.block_cache_bytes = 1 << 20;
    options.max_depth = model_.max_depth;
    // Never, at once, soon, and mostly too late to matter here.
    constexpr uint32_t kBothSidesAfter[] = {0, 1, 4, 32};
    options.both_sides_after = kBothSidesAfter[model_.seed % 4];
    options.now = [this] { return now_; };
    SetCaches(caches_, &options);
    return options;
  }

  void Open() {
    now_ = model_.start;
    auto db = Database::Open(MakeOptions());
    if (!Require(db, "open")) return;
    db_ = *std::move(db);
    WriteSchema(model_.schema);
  }

  void WriteSchema(const SchemaAst& schema) {
    schema_ = schema;
    const std::string text = SchemaText(schema);
    const auto written = db_->WriteSchema(text);
    if (!Require(written, "write schema:\n" + text)) return;
    token_ = written->written_at;
    if (!random_.Percent(50)) return;
    // What the database prints must mean the same.
    const auto printed = db_->ReadSchema();
    if (!Require(printed, "read schema")) return;
    const auto rewritten = db_->WriteSchema(printed->text);
    if (Require(rewritten, "write the printed schema:\n" + printed->text)) {
      token_ = rewritten->written_at;
    }
  }

  void Play(const Step& step) {
    state_.Apply(step);
    if (step.removed) {
      DeleteRequest request;
      request.filter = *step.removed;
      const auto deleted = db_->DeleteByFilter(request);
      if (Require(deleted, "delete by filter")) token_ = deleted->deleted_at;
      return;
    }
    const auto written = db_->Write(step.updates);
    if (Require(written, "write")) token_ = written->written_at;
  }

  // ---- One state ------------------------------------------------------------

  void ComparePhase() {
    const Snapshot current{schema_, state_.All(), {}};
    CompareAgain(current, asked_);  // before the writes of this phase
    asked_.clear();
    CompareState(current, 7, 10, &asked_);
    if (!snapshots_.empty() && !Failed()) {
      const Snapshot& then = random_.Pick(snapshots_);
      CompareAgain(then, then.asked);
    }
    if (!snapshots_.empty() && !Failed()) {
      std::vector<Asked> asked_then;
      CompareState(random_.Pick(snapshots_), 2, 6, &asked_then);
      if (Failed())
        mismatch_->what = "at an older snapshot, " + mismatch_->what;
    }
    snapshots_.push_back({schema_, current.relationships,
                          Consistency::AtExactSnapshot(token_), asked_});
  }

  // Some of the questions that were asked once, of another state or at another
  // time; what is known of them may still hold or not.
  void CompareAgain(const Snapshot& at, const std::vector<Asked>& asked) {
    if (asked.empty() || Failed()) return;
    const Oracle oracle(at.schema, at.relationships, now_, objects_);
    for (const Asked& like : random_.Sample(asked, 3)) {
      const Solution solution =
          oracle.Solve(like.question.subject, like.question.context);
      for (const Asked& one : asked) {
        const Question& question = one.question;
        if (question.subject != like.question.subject ||
            question.context != like.question.context ||
            !KnownTo(at.schema, question)) {
          continue;
        }
        const Answer answer = AskCheck(db_.get(), question, at.consistency);
        ++tally_.repeated;
        if (auto complaint =
                Complaint(answer, question, solution, model_.max_depth)) {
          return Fail("asked again: " + *complaint,
                      AsReproduction(at, question, Api::kCheck));
        }
      }
    }
  }

  void CompareState(const Snapshot& at, size_t subjects, size_t questions,
                    std::vector<Asked>* asked) {
    const Oracle oracle(at.schema, at.relationships, now_, objects_);
    std::vector<SubjectRef> some = random_.Sample(model_.subjects, subjects);
    some.push_back(some.front());  // once more, with another context
    for (const SubjectRef& subject : some) {
      const Struct context =
          random_.Percent(30) ? Struct() : random_.Pick(model_.contexts);
      const Solution solution = oracle.Solve(subject, context);
      const size_t before = asked->size();
      for (const Question& question :
           Questions(at, oracle, solution, {{}, subject, context}, questions)) {
        if (Failed()) return;
        CompareCheck(at, question, solution, asked);
      }
      const std::vector<Asked> mine(asked->begin() + static_cast<long>(before),
                                    asked->end());
      CompareMissing(at, oracle, mine);
      CompareTrees(at, oracle, mine);
      CompareLookups(at, oracle, solution, mine);
    }
    LawTally tally;
    FailOn("",
           BulkComplaint(db_.get(), *asked, at.consistency, &random_, &tally));
    Add(tally);
    CompareReads(at);
  }

  void Add(const LawTally& tally) {
    tally_.comparisons += tally.comparisons;
    tally_.depth_differences += tally.depth_differences;
  }

  Reproduction AsReproduction(const Snapshot& at, const Question& question,
                              Api api, uint32_t limit = 0) const {
    return {at.schema, at.relationships, now_, model_.max_depth, question, api,
            limit};
  }

  void Count(const Answer& answer) {
    ++tally_.comparisons;
    if (answer.ok()) {
      ++(answer->permissionship == Permissionship::kHasPermission ? tally_.yes
         : answer->permissionship == Permissionship::kNoPermission
             ? tally_.no
             : tally_.conditional);
      return;
    }
    ++(IsCaveatError(answer.status())  ? tally_.caveat_errors
       : IsDepthError(answer.status()) ? tally_.depth_errors
                                       : tally_.exclusion_errors);
  }

  // Questions like `like`, half of them where its subject has something.
  std::vector<Question> Questions(const Snapshot& at, const Oracle& oracle,
                                  const Solution& solution,
                                  const Question& like, size_t count) {
    std::vector<Question> questions;
    std::vector<AtomName> some;
    for (const AtomName& atom : oracle.atoms()) {
      if (solution.Get(atom).upper != Truth::kFalse &&
          at.schema.FindType(atom.type)->Has(atom.name)) {
        some.push_back(atom);
      }
    }
    // Those whose answer hangs on something are few; they come first.
    const auto open = [&](const AtomName& atom) {
      const Bounds value = solution.Get(atom);
      return value.lower == Truth::kUnknown || !value.decided();
    };
    random_.Shuffle(&some);
    std::stable_partition(some.begin(), some.end(), open);
    if (some.size() > count / 2) some.resize(count / 2);
    for (const AtomName& atom : some) {
      questions.push_back({atom, like.subject, like.context});
    }
    while (questions.size() < count) {
      const ObjectRef& object = random_.Pick(model_.objects);
      const TypeDef& type = *at.schema.FindType(object.type);
      if (type.relations.empty()) continue;
      const std::string& name = random_.Percent(25) || type.permissions.empty()
                                    ? random_.Pick(type.relations).name
                                    : random_.Pick(type.permissions).name;
      questions.push_back(
          {{object.type, name, object.id}, like.subject, like.context});
    }
    return questions;
  }

  void CompareCheck(const Snapshot& at, const Question& question,
                    const Solution& solution, std::vector<Asked>* asked) {
    const Answer answer = AskCheck(db_.get(), question, at.consistency);
    Count(answer);
    if (auto complaint =
            Complaint(answer, question, solution, model_.max_depth)) {
      Fail(*std::move(complaint), AsReproduction(at, question, Api::kCheck));
    }
    const Bounds value = solution.Get(question.atom);
    const bool exact =
        value != Bounds{Truth::kUnknown, Truth::kUnknown} ||
        (solution.SupportOf(question.atom).exact &&
         !solution.Beyond(question.atom, model_.max_depth, HopCount::kMost));
    asked->push_back({question, answer, value, exact});
  }

  void CompareMissing(const Snapshot& at, const Oracle& oracle,
                      const std::vector<Asked>& asked) {
    if (at.consistency.mode == Consistency::Mode::kAtExactSnapshot) return;
    for (const Asked& one : asked) {
      if (Failed()) return;
      LawTally tally;
      FailOn("", MissingComplaint(
                     db_.get(), one, at.schema, model_.max_depth,
                     [&](const Struct& context) {
                       return oracle.Solve(one.question.subject, context);
                     },
                     &random_, &tally));
      Add(tally);
    }
  }

  void CompareTrees(const Snapshot& at, const Oracle& oracle,
                    const std::vector<Asked>& asked) {
    if (asked.empty() || Failed()) return;
    const SubjectRef& subject = asked[0].question.subject;
    const Solution solution = oracle.SolveWithoutCaveats(subject);
    for (const Asked& one : random_.Sample(asked, 2)) {
      if (Failed()) return;
      const Question& question = one.question;
      const auto tree = AskExpand(db_.get(), question.atom, at.consistency);
      ++tally_.trees;
      if (!tree.ok()) ++tally_.tree_errors;
      if (auto complaint = TreeComplaint(tree, question, oracle, solution,
                                         model_.max_depth)) {
        Fail(*std::move(complaint), AsReproduction(at, question, Api::kExpand));
      }
    }
  }

  void CompareLookups(const Snapshot& at, const Oracle& oracle,
                      const Solution& solution,
                      const std::vector<Asked>& asked) {
    if (asked.empty()) return;
    const std::vector<uint32_t> limits = {0, 0, 1, 2, 3, 4, 5, 6, 7, 100};
    for (const Asked& one : random_.Sample(asked, 2)) {
      if (Failed()) return;
      const LookupPages pages{random_.Pick(limits), at.consistency};
      ++tally_.resource_lookups;
      if (auto complaint =
              ResourcesComplaint(db_.get(), one.question, oracle, solution,
                                 model_.max_depth, pages)) {
        Fail(*std::move(complaint),
             AsReproduction(at, one.question, Api::kLookupResources,
                            pages.limit));
      }
    }
    if (Failed()) return;
    const Question& question = random_.Pick(asked).question;
    const LookupPages pages{random_.Pick(limits), at.consistency};
    ++tally_.subject_lookups;
    if (auto complaint = SubjectsComplaint(db_.get(), question, oracle,
                                           objects_, model_.max_depth, pages)) {
      Fail(*std::move(complaint),
           AsReproduction(at, question, Api::kLookupSubjects, pages.limit));
    }
  }

  void CompareReads(const Snapshot& at) {
    State state;
    for (const Relationship& r : at.relationships) state.Put(r);
    const std::vector<uint32_t> limits = {0, 1, 2, 3, 7, 100};
    for (int i = 0; i < 3 && !at.relationships.empty() && !Failed(); ++i) {
      const RelationshipFilter filter =
          MakeFilter(random_.Pick(at.relationships), &random_);
      const auto expected = state.Read(filter, now_);
      const uint32_t limit = random_.Pick(limits);
      ++tally_.reads;
      FailOn("",
             ReadComplaint(db_.get(), filter, limit, at.consistency, expected));
      FailOn("", ExportComplaint(db_.get(), filter, limit, at.consistency,
                                 expected));
    }
    FailOn("", ExportComplaint(db_.get(), {}, random_.Pick(limits),
                               at.consistency, state.Read({}, now_)));
  }

  // ---- All of it ------------------------------------------------------------

  void CompareLaws() {
    LawTally tally;
    FailOn("", ContextComplaint(db_.get(), asked_, schema_, model_.contexts,
                                &tally));
    // A relationship that no permission can see comes and goes.
    const Relationship noise(ObjectRef(kNoise, "a"), kNoiseRelation,
                             SubjectRef(ObjectRef(kUser, "a")));
    if (!Require(db_->Write({Touch(noise)}), "write noise")) return;
    FailOn("after an unrelated write, ",
           BulkComplaint(db_.get(), asked_, {}, &random_, &tally));
    if (!Require(db_->Write({Delete(noise)}), "delete noise")) return;
    FailOn("after an unrelated deletion, ",
           BulkComplaint(db_.get(), asked_, {}, &random_, &tally));
    Add(tally);
  }

  // What is exported and imported elsewhere means the same, under other ids
  // in another order as well.
  void CompareCopy() {
    const bool renamed = random_.Percent(50);
    const auto rename = [&](const std::string& id) {
      if (!renamed || id == kWildcardId) return id;
      const std::string text = fmt::format("{}", std::hash<std::string>()(id));
      return text.substr(text.size() - 2) + "/" + id;
    };
    auto copy = Database::Open(MakeOptions());
    if (!Require(copy, "open a copy")) return;
    if (!Require((*copy)->WriteSchema(SchemaText(schema_)), "copy")) return;
    const auto page = db_->Export({});
    if (!Require(page, "export")) return;
    std::vector<Relationship> relationships = page->relationships;
    for (Relationship& r : relationships) {
      r.resource.id = rename(r.resource.id);
      r.subject.object.id = rename(r.subject.object.id);
    }
    const auto importer = (*copy)->NewImport({});
    if (const absl::Status status = importer->Add(std::move(relationships));
        !status.ok()) {
      return Fail("import: " + status.ToString());
    }
    if (!Require(importer->Commit(), "import")) return;
    LawTally tally;
    FailOn("", CopyComplaint(copy->get(), asked_, rename, &tally));
    Add(tally);
  }

  // More relationships take nothing away, but for the exceptions above.
  void CompareGrowth() {
    if (MayShrink(schema_)) return;
    for (const Relationship& extra : model_.extra) {
      // Changing an expiry may well take something away.
      if (state_.Has(extra)) continue;
      if (!Require(db_->Write({Touch(extra)}), "write extra")) return;
      state_.Put(extra);
    }
    for (const Asked& before : asked_) {
      ++tally_.comparisons;
      if (!before.answer.ok() || !before.answer->has_permission()) continue;
      const Answer after = AskCheck(db_.get(), before.question);
      if (SameAnswer(before.answer, after)) continue;
      return Fail(fmt::format("after growth {} answers {}",
                              before.question.ToString(), AnswerText(after)));
    }
  }

  // As time goes by, each instant at which something expires: just before it,
  // at it and just after it.
  void CompareTimes() {
    const Snapshot grown{schema_, state_.All(), {}};
    std::set<absl::Time> instants;
    for (const Relationship& r : grown.relationships) {
      if (r.expires_at && *r.expires_at > now_) instants.insert(*r.expires_at);
    }
    size_t left = 3;
    for (const absl::Time instant : instants) {
      if (left-- == 0) break;
      for (const int nanoseconds : {-1, 0, 1}) {
        const absl::Time then = instant + absl::Nanoseconds(nanoseconds);
        if (then <= now_) continue;
        now_ = then;
        CompareAgain(grown, asked_);
        if (Failed()) {
          mismatch_->what = "as time goes by, " + mismatch_->what;
          return;
        }
      }
    }
  }

  void AddCacheStats() {
    const DatabaseStats stats = db_->Stats();
    tally_.result_hits += stats.result_cache.hits;
    tally_.row_hits += stats.row_cache.hits;
    tally_.stale += stats.result_cache.stale + stats.row_cache.stale;
    tally_.evictions +=
        stats.result_cache.evictions + stats.row_cache.evictions;
  }

  const Model& model_;
  const CacheSetting caches_;
  Tally& tally_;
  Random random_;
  std::vector<ObjectRef> objects_;  // all that are asked about
  absl::Time now_;
  std::unique_ptr<Database> db_;
  SchemaAst schema_;
  State state_;
  Token token_;
  std::vector<Snapshot> snapshots_;
  std::vector<Asked> asked_;  // of the latest phase
  std::optional<Mismatch> mismatch_;
};

}  // namespace

std::string Tally::ToString() const {
  return fmt::format(
      "models={} comparisons={} yes={} no={} conditional={} depth_errors={} "
      "exclusion_errors={} caveat_errors={} depth_differences={} trees={} "
      "tree_errors={} resource_lookups={} subject_lookups={} reads={} "
      "repeated={} result_hits={} row_hits={} stale={} evictions={}",
      models, comparisons, yes, no, conditional, depth_errors, exclusion_errors,
      caveat_errors, depth_differences, trees, tree_errors, resource_lookups,
      subject_lookups, reads, repeated, result_hits, row_hits, stale,
      evictions);
}

std::optional<Mismatch> CompareModel(const Model& model, CacheSetting caches,
                                     Tally* tally) {
  return ModelComparison(model, caches, tally).Run();
}

std::optional<std::string> RunSeed(uint64_t seed, Tally* tally) {
  const Model model = MakeModel(seed);
  for (const CacheSetting caches : kCacheSettings) {
    const auto mismatch = CompareModel(model, caches, tally);
    if (!mismatch) continue;
    std::string text =
        fmt::format("seed {}, {}: {}\n", seed, Name(caches), mismatch->what);
    if (!mismatch->reproduction) return text;
    if (!Reproduce(*mismatch->reproduction)) {
      return text + "a fresh database answers rightly: the history matters\n";
    }
    const Reproduction small = Shrink(*mismatch->reproduction);
    return text + "shrunk: " + Reproduce(small).value_or("?") + "\n" +
           ToYaml(small);
  }
  return std::nullopt;
}

}  // namespace kith::property
