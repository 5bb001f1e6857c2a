#include "property/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "property/oracle.h"
#include "property/schema_generator.h"

namespace kith::property {
namespace {

using Answer = absl::StatusOr<Permissionship>;

bool SameAnswer(const Answer& a, const Answer& b) {
  if (a.ok() != b.ok()) return false;
  return a.ok() ? *a == *b : a.status().code() == b.status().code();
}

std::string AnswerText(const Answer& answer) {
  return answer.ok() ? std::to_string(static_cast<int>(*answer))
                     : answer.status().ToString();
}

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

// A state that was current once, and the token to ask about it.
struct Snapshot {
  Token token;
  std::vector<Relationship> relationships;
};

class ModelComparison {
 public:
  ModelComparison(const Model& model, Tally* tally)
      : model_(model), tally_(*tally), random_(model.seed ^ 0x5eed) {}

  std::optional<Mismatch> Run() {
    ++tally_.models;
    Open();
    for (const Phase& phase : model_.phases) {
      if (Failed()) break;
      now_ = phase.now;
      for (const Step& step : phase.steps) {
        if (!Failed()) Play(step);
      }
      if (!Failed()) ComparePhase();
      snapshots_.push_back({token_, state_.All()});
    }
    if (!Failed()) CompareAfterNoise();
    if (!Failed()) CompareGrowth();
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

  // False (and a mismatch) when a call that must succeed did not.
  template <typename T>
  bool Require(const absl::StatusOr<T>& result, std::string_view what) {
    if (!result.ok()) {
      Fail(fmt::format("{}: {}", what, result.status().ToString()));
    }
    return result.ok();
  }

  void Open() {
    Options options;
    options.in_memory = true;
    options.block_cache_bytes = 1 << 20;
    options.max_depth = model_.max_depth;
    options.now = [this] { return now_; };
    now_ = model_.start;
    auto db = Database::Open(options);
    if (!Require(db, "open")) return;
    db_ = *std::move(db);
    const std::string text = SchemaText(model_.schema);
    if (!Require(db_->WriteSchema(text), "write schema:\n" + text)) return;
    if (!random_.Percent(50)) return;
    // What the database prints must mean the same.
    const auto printed = db_->ReadSchema();
    if (!Require(printed, "read schema")) return;
    Require(db_->WriteSchema(printed->text),
            "write the printed schema:\n" + printed->text);
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

  Reproduction AsReproduction(const Question& question,
                              const std::vector<Relationship>& relationships,
                              bool expand) const {
    return {model_.schema,    relationships, now_,
            model_.max_depth, question,      expand};
  }

  void Count(const Answer& answer) {
    ++tally_.comparisons;
    if (answer.ok()) {
      ++(*answer == Permissionship::kHasPermission ? tally_.yes : tally_.no);
      return;
    }
    ++(IsDepthError(answer.status()) ? tally_.depth_errors
                                     : tally_.exclusion_errors);
  }

  // Questions about `subject`, half of them where it has something.
  std::vector<Question> Questions(const Oracle& oracle,
                                  const Solution& solution,
                                  const SubjectRef& subject, size_t count) {
    std::vector<Question> questions;
    std::vector<AtomName> some;
    for (const AtomName& atom : oracle.atoms()) {
      if (solution.Get(atom).upper != Truth::kFalse) some.push_back(atom);
    }
    for (const AtomName& atom : random_.Sample(std::move(some), count / 2)) {
      questions.push_back({atom, subject});
    }
    while (questions.size() < count) {
      const ObjectRef& object = random_.Pick(model_.objects);
      const TypeDef& type = *model_.schema.FindType(object.type);
      if (type.relations.empty()) continue;
      const std::string& name = random_.Percent(25) || type.permissions.empty()
                                    ? random_.Pick(type.relations).name
                                    : random_.Pick(type.permissions).name;
      questions.push_back({{object.type, name, object.id}, subject});
    }
    return questions;
  }

  void ComparePhase() {
    const std::vector<Relationship> relationships = state_.All();
    const Oracle oracle(model_.schema, relationships, now_, model_.objects);
    questions_.clear();
    answers_.clear();
    values_.clear();
    for (const SubjectRef& subject : random_.Sample(model_.subjects, 7)) {
      const Solution solution = oracle.Solve(subject);
      for (const Question& question :
           Questions(oracle, solution, subject, 10)) {
        if (Failed()) return;
        CompareCheck(question, solution, relationships);
      }
      CompareTrees(oracle, solution, relationships);
    }
    CompareBulk("bulk");
    CompareBulk("bulk in another order");
    CompareReads(relationships);
    CompareSnapshot();
  }

  void CompareCheck(const Question& question, const Solution& solution,
                    const std::vector<Relationship>& relationships) {
    const Answer answer = AskCheck(db_.get(), question);
    Count(answer);
    if (auto complaint =
            Complaint(answer, question, solution, model_.max_depth)) {
      Fail(*std::move(complaint),
           AsReproduction(question, relationships, false));
    }
    questions_.push_back(question);
    answers_.push_back(answer);
    values_.push_back(solution.Get(question.atom));
  }

  void CompareTrees(const Oracle& oracle, const Solution& solution,
                    const std::vector<Relationship>& relationships) {
    const std::vector<Question> last(
        questions_.end() - std::min<long>(2, questions_.size()),
        questions_.end());
    for (const Question& question : last) {
      if (Failed()) return;
      const auto tree = AskExpand(db_.get(), question.atom);
      ++tally_.trees;
      if (!tree.ok()) ++tally_.tree_errors;
      if (auto complaint = TreeComplaint(tree, question, oracle, solution,
                                         model_.max_depth)) {
        Fail(*std::move(complaint),
             AsReproduction(question, relationships, true));
      }
    }
  }

  // Items of one request share what they find out, so one of them may know
  // the right answer where the question alone meets the depth limit.
  bool OnlyDepthDiffers(const Answer& answer, size_t question) const {
    const Answer& alone = answers_[question];
    if (answer.ok() == alone.ok()) return false;
    const Answer& known = answer.ok() ? answer : alone;
    const Answer& error = answer.ok() ? alone : answer;
    return IsDepthError(error.status()) && IsRight(*known, values_[question]);
  }

  // All questions so far in one request, each like its single answer.
  void CompareBulk(std::string_view what) {
    if (Failed()) return;
    std::vector<size_t> order;
    for (size_t i = 0; i < questions_.size(); ++i) order.push_back(i);
    random_.Shuffle(&order);
    BulkCheckRequest request;
    for (const size_t i : order) {
      const Question& question = questions_[i];
      request.items.push_back({ObjectRef(question.atom.type, question.atom.id),
                               question.atom.name,
                               question.subject,
                               {}});
    }
    const auto result = db_->CheckBulk(request);
    if (!Require(result, what)) return;
    if (result->answers.size() != order.size()) {
      return Fail(fmt::format("{}: wrong number of answers", what));
    }
    for (size_t k = 0; k < order.size(); ++k) {
      const auto& item = result->answers[k];
      const Answer answer =
          item.ok() ? Answer(item->permissionship) : Answer(item.status());
      ++tally_.comparisons;
      if (SameAnswer(answer, answers_[order[k]])) continue;
      if (OnlyDepthDiffers(answer, order[k])) {
        ++tally_.depth_differences;
        continue;
      }
      Fail(fmt::format("{}: {} answers {}, alone {}", what,
                       questions_[order[k]].ToString(), AnswerText(answer),
                       AnswerText(answers_[order[k]])));
    }
  }

  void CompareReads(const std::vector<Relationship>& relationships) {
    for (int i = 0; i < 3 && !relationships.empty() && !Failed(); ++i) {
      const RelationshipFilter filter =
          MakeFilter(random_.Pick(relationships), &random_);
      CompareRead(filter, state_.Read(filter, now_), {});
    }
  }

  void CompareRead(const RelationshipFilter& filter,
                   const std::vector<std::string>& expected,
                   const Consistency& consistency) {
    ++tally_.reads;
    ReadRequest request;
    request.filter = filter;
    request.consistency = consistency;
    request.limit = random_.Pick(std::vector<uint32_t>{0, 1, 2, 3, 7, 100});
    std::vector<std::string> found;
    while (true) {
      const auto page = db_->Read(request);
      if (!Require(page, "read")) return;
      for (const ReadItem& item : page->items) {
        found.push_back(item.relationship.ToString());
      }
      if (!page->more) break;
      if (page->items.empty()) return Fail("read: an empty page with more");
      request.cursor = page->items.back().cursor;
    }
    std::sort(found.begin(), found.end());
    if (found == expected) return;
    std::string what = fmt::format(
        "read of type '{}' id '{}' prefix '{}' relation '{}', {} a page, "
        "found {}, expected {}:",
        filter.resource_type, filter.resource_id, filter.resource_id_prefix,
        filter.relation, request.limit, found.size(), expected.size());
    std::vector<std::string> difference;
    std::set_symmetric_difference(found.begin(), found.end(), expected.begin(),
                                  expected.end(),
                                  std::back_inserter(difference));
    for (const std::string& one : difference) what += "\n  " + one;
    Fail(std::move(what));
  }

  // An older state, at its token.
  void CompareSnapshot() {
    if (snapshots_.empty() || Failed()) return;
    const Snapshot& snapshot = random_.Pick(snapshots_);
    const Consistency then = Consistency::AtExactSnapshot(snapshot.token);
    const Oracle oracle(model_.schema, snapshot.relationships, now_,
                        model_.objects);
    for (const SubjectRef& subject : random_.Sample(model_.subjects, 2)) {
      const Solution solution = oracle.Solve(subject);
      for (const Question& question : Questions(oracle, solution, subject, 6)) {
        const Answer answer = AskCheck(db_.get(), question, then);
        Count(answer);
        if (auto complaint =
                Complaint(answer, question, solution, model_.max_depth)) {
          return Fail("at an older snapshot, " + *complaint,
                      AsReproduction(question, snapshot.relationships, false));
        }
      }
    }
    if (snapshot.relationships.empty()) return;
    State state;
    for (const Relationship& r : snapshot.relationships) state.Put(r);
    const RelationshipFilter filter =
        MakeFilter(random_.Pick(snapshot.relationships), &random_);
    CompareRead(filter, state.Read(filter, now_), then);
  }

  // A relationship that no permission can see comes and goes.
  void CompareAfterNoise() {
    const Relationship noise(ObjectRef(kNoise, "a"), kNoiseRelation,
                             SubjectRef(ObjectRef(kUser, "a")));
    if (!Require(db_->Write({Touch(noise)}), "write noise")) return;
    CompareBulk("after an unrelated write");
    if (!Require(db_->Write({Delete(noise)}), "delete noise")) return;
    CompareBulk("after an unrelated deletion");
  }

  // More relationships take nothing away, but for the exceptions above.
  void CompareGrowth() {
    if (MayShrink(model_.schema)) return;
    for (const Relationship& extra : model_.extra) {
      // Changing an expiry may well take something away.
      if (state_.Has(extra)) continue;
      if (!Require(db_->Write({Touch(extra)}), "write extra")) return;
    }
    for (size_t i = 0; i < questions_.size(); ++i) {
      ++tally_.comparisons;
      const Answer before = answers_[i];
      if (!before.ok() || *before != Permissionship::kHasPermission) continue;
      const Answer after = AskCheck(db_.get(), questions_[i]);
      if (SameAnswer(before, after)) continue;
      return Fail(fmt::format("after growth {} answers {}",
                              questions_[i].ToString(), AnswerText(after)));
    }
  }

  const Model& model_;
  Tally& tally_;
  Random random_;
  absl::Time now_;
  std::unique_ptr<Database> db_;
  State state_;
  Token token_;
  std::vector<Snapshot> snapshots_;
  // Of the latest phase.
  std::vector<Question> questions_;
  std::vector<Answer> answers_;
  std::vector<Bounds> values_;
  std::optional<Mismatch> mismatch_;
};

}  // namespace

std::string Tally::ToString() const {
  return fmt::format(
      "models={} comparisons={} yes={} no={} depth_errors={} "
      "exclusion_errors={} depth_differences={} trees={} tree_errors={} "
      "reads={}",
      models, comparisons, yes, no, depth_errors, exclusion_errors,
      depth_differences, trees, tree_errors, reads);
}

std::optional<Mismatch> CompareModel(const Model& model, Tally* tally) {
  return ModelComparison(model, tally).Run();
}

std::optional<std::string> RunSeed(uint64_t seed, Tally* tally) {
  const std::optional<Mismatch> mismatch = CompareModel(MakeModel(seed), tally);
  if (!mismatch) return std::nullopt;
  std::string text = fmt::format("seed {}: {}\n", seed, mismatch->what);
  if (!mismatch->reproduction) return text;
  if (!Reproduce(*mismatch->reproduction)) {
    return text + "a fresh database answers rightly: the history matters\n";
  }
  const Reproduction small = Shrink(*mismatch->reproduction);
  return text + "shrunk: " + Reproduce(small).value_or("?") + "\n" +
         ToYaml(small);
}

}  // namespace kith::property
