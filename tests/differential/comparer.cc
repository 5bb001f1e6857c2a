#include "differential/comparer.h"

#include <fmt/format.h>

#include <cstdio>
#include <set>
#include <utility>

#include "differential/malformed.h"
#include "property/reproduction.h"
#include "property/schema_generator.h"
#include "property/shrink.h"

namespace kith::differential {
namespace {

using property::AtomName;
using property::Oracle;
using property::Question;
using property::Random;
using property::Solution;
using property::Truth;

// Questions about one subject, half of them where it has something.
std::vector<Question> QuestionsAbout(const World& world, const Oracle& oracle,
                                     const SubjectRef& subject,
                                     const Struct& context, size_t count,
                                     Random* random) {
  const Solution solution = oracle.Solve(subject, context);
  std::vector<AtomName> some;
  std::vector<AtomName> all;
  for (const AtomName& atom : oracle.atoms()) {
    if (!world.schema.FindType(atom.type)->Has(atom.name)) continue;
    all.push_back(atom);
    if (solution.Get(atom).upper != Truth::kFalse) some.push_back(atom);
  }
  some = random->Sample(std::move(some), count / 2);
  std::vector<Question> questions;
  for (const AtomName& atom : some) {
    questions.push_back({atom, subject, context});
  }
  while (questions.size() < count && !all.empty()) {
    questions.push_back({random->Pick(all), subject, context});
  }
  return questions;
}

// A model that keeps the peer busy for ever is left after so many calls.
constexpr int kMaxTimeouts = 3;

void Print(const World& world, const Case& one, const Reply& ours,
           const Reply& theirs) {
  fmt::print("# {}\n#   here:  {}\n#   there: {}\n", one.ToString(),
             ours.ToString(), theirs.ToString());
  property::Reproduction file;
  file.schema = world.schema;
  file.relationships = world.relationships;
  file.now = absl::Now();
  file.question = one.question;
  if (file.question.atom.type.empty()) {
    // A file must ask something.
    const auto& type = world.schema.types.front();
    file.question.atom = {type.name, "none", "none"};
    file.question.subject = SubjectRef(ObjectRef(type.name, "none"));
  }
  fmt::print("{}\n", ToYaml(file));
  std::fflush(stdout);
}

}  // namespace

uint64_t Report::answers() const {
  uint64_t total = 0;
  for (const auto& [api, count] : compared) total += count;
  return total;
}

std::string Report::ToString() const {
  std::string text =
      fmt::format("models {}, refused by both {}\n", models, refused);
  for (const auto& [api, count] : compared) {
    text += fmt::format("compared {:>8}  {}\n", count, api);
  }
  text += fmt::format("compared {:>8}  answers in all\n", answers());
  for (const auto& [name, count] : known) {
    text += fmt::format("known    {:>8}  {}\n", count, name);
  }
  return text + fmt::format("differences {}\n", differences);
}

bool Comparer::LoadBoth(const World& world) {
  return Load(world, &ours_).ok() && Load(world, &peer_).ok();
}

void Comparer::CompareModel(uint64_t seed) {
  ++report_.models;
  timeouts_ = 0;
  const World world = MakeWorld(property::MakeModel(seed));
  const uint64_t before = report_.differences;
  const Reply ours = Load(world, &ours_);
  const Reply theirs = Load(world, &peer_);
  ++report_.compared[std::string(ApiName(Api::kSchema))];
  const Case one{Api::kSchema, {}, {}};
  if (!Agree(one, ours, theirs, true)) Judge(world, one, ours, theirs);
  if (ours.ok() && theirs.ok()) {
    CompareQuestions(world, seed);
  } else if (!ours.ok() && !theirs.ok()) {
    ++report_.refused;
    fmt::print("# both refuse model {}: {}\n", seed, ours.ToString());
  }
  if (report_.differences != before) {
    fmt::print("# above: model {}\n", seed);
  }
}

void Comparer::CompareQuestions(const World& world, uint64_t seed) {
  Random random(seed ^ 0xd1ff);
  const Oracle oracle(world.schema, world.relationships, absl::Now(),
                      world.objects);
  std::vector<Question> bulk;
  for (const SubjectRef& subject : random.Sample(world.subjects, 5)) {
    const Struct& context = random.Pick(world.contexts);
    const auto questions =
        QuestionsAbout(world, oracle, subject, context, questions_, &random);
    if (questions.empty()) return;
    for (const Question& question : questions) {
      if (timeouts_ >= kMaxTimeouts) return;
      Compare(world, {Api::kCheck, question, {}});
    }
    bulk.insert(bulk.end(), questions.begin(), questions.end());
    for (const Api api : {Api::kResources, Api::kSubjects}) {
      Compare(world, {api, random.Pick(questions), {}});
    }
    const Question& expanded = random.Pick(questions);
    if (oracle.ExpansionHeight(expanded.atom) >= 0) {
      Compare(world, {Api::kExpand, expanded, {}});
    } else {
      ++report_.known["a cycle in Expand, not asked of the reference"];
    }
  }
  CompareBulk(world, bulk);
  for (int i = 0; i < 3 && !world.relationships.empty(); ++i) {
    const auto filter =
        property::MakeFilter(random.Pick(world.relationships), &random);
    Compare(world, {Api::kRead, {}, filter});
  }
}

void Comparer::CompareBulk(const World& world,
                           const std::vector<Question>& questions) {
  const std::vector<Reply> ours = ours_.CheckBulk(questions);
  const std::vector<Reply> theirs = peer_.CheckBulk(questions);
  if (ours.size() != questions.size() || theirs.size() != questions.size()) {
    // One error for all of them.
    const Case one{Api::kBulk, questions.front(), {}};
    ++report_.compared[std::string(ApiName(Api::kBulk))];
    if (!Agree(one, ours.front(), theirs.front(), true)) {
      Judge(world, one, ours.front(), theirs.front());
    }
    return;
  }
  for (size_t i = 0; i < questions.size(); ++i) {
    const Case one{Api::kBulk, questions[i], {}};
    ++report_.compared[std::string(ApiName(Api::kBulk))];
    if (!Agree(one, ours[i], theirs[i], true)) {
      Judge(world, one, ours[i], theirs[i]);
    }
  }
}

void Comparer::Compare(const World& world, const Case& one) {
  ++report_.compared[std::string(ApiName(one.api))];
  const Reply ours = Ask(one, &ours_);
  const Reply theirs = Ask(one, &peer_);
  if (!Agree(one, ours, theirs, true)) Judge(world, one, ours, theirs);
}

void Comparer::Judge(const World& world, const Case& one, const Reply& ours,
                     const Reply& theirs) {
  const std::string_view name =
      KnownDifference({world, one, ours, theirs, &peer_});
  if (!name.empty()) {
    ++report_.known[std::string(name)];
    if (theirs.code == grpc::StatusCode::DEADLINE_EXCEEDED) {
      ++timeouts_;
      RecoverPeer(world);
    }
    return;
  }
  ++report_.differences;
  ShrinkAndPrint({world, one, ours, theirs, &peer_});
}

void Comparer::RecoverPeer(const World& world) {
  Reply loaded;
  for (int attempts = 0; attempts < 3; ++attempts) {
    if (!recover_()) break;
    loaded = Load(world, &peer_);
    if (loaded.ok()) return;
  }
  ++report_.differences;
  fmt::print("# the peer does not come back: {}\n", loaded.ToString());
}

void Comparer::ShrinkAndPrint(const Observation& first) {
  World world = first.world;
  Case one = first.asked;
  Reply ours;
  Reply theirs;
  const auto differs = [&] {
    ours = Load(world, &ours_);
    theirs = Load(world, &peer_);
    if (one.api != Api::kSchema && ours.ok() && theirs.ok()) {
      ours = Ask(one, &ours_);
      theirs = Ask(one, &peer_);
    } else if (one.api != Api::kSchema) {
      return false;
    }
    if (theirs.code == grpc::StatusCode::DEADLINE_EXCEEDED) {
      RecoverPeer(world);
      return false;
    }
    return !Agree(one, ours, theirs, true) &&
           KnownDifference({world, one, ours, theirs, &peer_}).empty();
  };
  bool shrunk = differs();
  while (shrunk) {
    shrunk = property::ShrinkRelationships(&world.relationships, differs);
    shrunk |= property::ShrinkSchema(&world.schema, differs);
    shrunk |= property::ShrinkContext(&one.question.context, differs);
  }
  if (differs()) {
    Print(world, one, ours, theirs);
  } else {
    fmt::print("# seen once only:\n");
    Print(first.world, first.asked, first.ours, first.theirs);
  }
  LoadBoth(first.world);
}

void Comparer::CompareMalformed() {
  for (Endpoint* endpoint : {&ours_, &peer_}) {
    const Reply cleared = endpoint->Clear();
    const Reply written = endpoint->WriteSchema(MalformedSchema());
    if (cleared.ok() && written.ok()) continue;
    ++report_.differences;
    fmt::print("# cannot begin: {} {}\n", cleared.ToString(),
               written.ToString());
    return;
  }
  for (const Malformed& one : MalformedRequests()) {
    ++report_.compared["malformed requests"];
    const Reply ours = one.send(&ours_);
    const Reply theirs = one.send(&peer_);
    if (Agree({}, ours, theirs, false)) continue;
    if (!one.known_difference.empty()) {
      ++report_.known[one.known_difference];
      continue;
    }
    ++report_.differences;
    fmt::print("# {}\n#   here:  {}\n#   there: {}\n", one.name,
               ours.ToString(), theirs.ToString());
  }
}

}  // namespace kith::differential
