#include "differential/known_differences.h"

#include <algorithm>
#include <set>
#include <string>

#include "property/oracle.h"

namespace kith::differential {
namespace {

using property::AtomName;
using property::Bounds;
using property::Oracle;
using property::Question;
using property::Solution;
using property::Truth;
using property::WildcardReading;

constexpr char kDepth[] = "ERROR_REASON_MAXIMUM_DEPTH_EXCEEDED";
constexpr char kCaveatFails[] = "ERROR_REASON_CAVEAT_EVALUATION_ERROR";
constexpr char kCaveatType[] = "ERROR_REASON_CAVEAT_PARAMETER_TYPE_ERROR";

bool IsCaveatError(const Reply& reply) {
  return reply.reason == kCaveatFails || reply.reason == kCaveatType;
}

std::string Word(const Bounds& value) {
  if (!value.decided()) return "";
  return value.lower == Truth::kTrue    ? kYes
         : value.lower == Truth::kFalse ? kNo
                                        : kConditional;
}

std::string ValueOf(const Reply& reply, const std::string& key) {
  const auto it = reply.values.find(key);
  return it == reply.values.end() ? kNo : it->second;
}

bool IsLookup(const Case& one) {
  return one.api == Api::kResources || one.api == Api::kSubjects;
}

std::string Said(const Case& one, const Reply& reply, const std::string& key) {
  return one.api == Api::kSubjects ? SaidOf(reply, key) : ValueOf(reply, key);
}

// What both replies speak of: "" of a check, ids of a lookup.
std::set<std::string> Keys(const Case& one, const Reply& a, const Reply& b) {
  std::set<std::string> keys;
  if (one.api == Api::kSubjects) keys.insert("unheard-of");
  for (const Reply* reply : {&a, &b}) {
    for (const auto& [key, value] : reply->values) {
      if (one.api != Api::kSubjects) {
        keys.insert(key);
      } else if (key != kWildcardId) {
        keys.insert(key[0] == '!' ? key.substr(1) : key);
      }
    }
  }
  return keys;
}

// The check that a key of a reply is the answer to.
Question CheckOf(const Case& one, const std::string& key) {
  Question question = one.question;
  if (one.api == Api::kResources) question.atom.id = key;
  if (one.api == Api::kSubjects) question.subject.object.id = key;
  return question;
}

// Whether `explains(key)` holds of every key that the replies disagree about.
template <typename Explains>
bool ForAllDisputed(const Observation& o, Explains explains) {
  if (!o.ours.ok() || !o.theirs.ok()) return false;
  const auto keys = Keys(o.asked, o.ours, o.theirs);
  return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
    return Said(o.asked, o.ours, key) == Said(o.asked, o.theirs, key) ||
           explains(key);
  });
}

// The reference lets a stored wildcard match subjects with a relation.
bool IsWildcardForSets(const Observation& o, const Oracle& oracle) {
  if (o.asked.question.subject.relation.empty()) return false;
  return ForAllDisputed(o, [&](const std::string& key) {
    const Question check = CheckOf(o.asked, key);
    const auto word = [&](WildcardReading reading) {
      return Word(
          oracle.Solve(check.subject, check.context, reading).Get(check.atom));
    };
    return Said(o.asked, o.ours, key) == word(WildcardReading::kObjects) &&
           Said(o.asked, o.theirs, key) == word(WildcardReading::kSets);
  });
}

// Where a relation allows a type as it is under a caveat, and subject sets of
// the same type without one, checks of the reference do not see relationships
// of the former kind.
bool IsLostBesideSets(const World& world, const Relationship& r) {
  if (!r.caveat || !r.subject.relation.empty()) return false;
  const auto& allowed =
      world.schema.FindType(r.resource.type)->FindRelation(r.relation)->allowed;
  return std::any_of(allowed.begin(), allowed.end(), [&](const auto& one) {
    return one.type == r.subject.object.type && !one.relation.empty() &&
           one.caveat.empty();
  });
}

bool IsCaveatBesideSets(const Observation& o, const Oracle& oracle) {
  std::vector<Relationship> seen = o.world.relationships;
  std::erase_if(seen, [&](const Relationship& r) {
    return IsLostBesideSets(o.world, r);
  });
  if (seen.size() == o.world.relationships.size()) return false;
  const Oracle theirs(o.world.schema, seen, absl::Now(), o.world.objects);
  return ForAllDisputed(o, [&](const std::string& key) {
    const Question check = CheckOf(o.asked, key);
    const auto word = [&](const Oracle& of) {
      return Word(of.Solve(check.subject, check.context).Get(check.atom));
    };
    return Said(o.asked, o.ours, key) == word(oracle) &&
           Said(o.asked, o.theirs, key) == word(theirs);
  });
}

// A lookup or a bulk item of the reference says other than its own check,
// which says what we say. Where that check has no answer, the oracle agrees
// with us instead.
bool ContradictsItsCheck(const Observation& o, const Oracle& oracle) {
  return ForAllDisputed(o, [&](const std::string& key) {
    const Question question = CheckOf(o.asked, key);
    const std::string ours = Said(o.asked, o.ours, key);
    const Reply check = o.peer->Check(question);
    if (check.ok()) return ValueOf(check, "") == ours;
    return check.reason == kDepth &&
           Word(oracle.Solve(question.subject, question.context)
                    .Get(question.atom)) == ours;
  });
}

// Does a caveat fail with this context, of any relationship?
bool SomeCaveatFails(const World& world, const Struct& context) {
  return std::any_of(world.relationships.begin(), world.relationships.end(),
                     [&](const Relationship& r) {
                       return r.caveat &&
                              EvaluateCaveat(
                                  *world.schema.FindCaveat(r.caveat->name),
                                  r.caveat->context, context)
                                  .error;
                     });
}

bool HangsOnAFailingCaveat(const Observation& o, const Oracle& oracle) {
  const Question& question = o.asked.question;
  const Solution solution = oracle.Solve(question.subject, question.context);
  for (const AtomName& atom : oracle.atoms()) {
    if (atom.type != question.atom.type || atom.name != question.atom.name) {
      continue;
    }
    if (o.asked.api != Api::kResources && atom.id != question.atom.id) continue;
    if (solution.Get(atom) == Bounds{Truth::kUnknown, Truth::kUnknown} &&
        solution.SupportOf(atom).error) {
      return true;
    }
  }
  return o.asked.api == Api::kSubjects;
}

std::string_view KnownError(const Observation& o, const Oracle& oracle) {
  const Struct& context = o.asked.question.context;
  if (o.theirs.code == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return "the reference timed out";
  }
  if (o.theirs.code == grpc::StatusCode::UNKNOWN &&
      o.theirs.message.starts_with("BUG: ")) {
    return "the reference fails inside";
  }
  if (o.theirs.reason == kDepth) {
    return "depth: every step counts there, hops between objects here";
  }
  const bool fails = SomeCaveatFails(o.world, context);
  if (IsCaveatError(o.theirs) && fails && o.ours.ok()) {
    return "an error of a caveat beside an operand that decides";
  }
  if (IsCaveatError(o.ours) && fails && HangsOnAFailingCaveat(o, oracle)) {
    if (IsCaveatError(o.theirs)) return "which of two errors of caveats";
    if (o.theirs.ok()) return "an error of a caveat beside an unknown";
  }
  if (o.ours.reason == kDepth && o.theirs.ok()) {
    // Only recursion through exclusion, which has no answer.
    const Question& question = o.asked.question;
    if (!oracle.Solve(question.subject, question.context)
             .Get(question.atom)
             .decided()) {
      return "an exclusion that depends on itself";
    }
  }
  return "";
}

}  // namespace

std::string_view KnownDifference(const Observation& o) {
  if (o.asked.api == Api::kSchema || o.asked.api == Api::kRead) {
    return o.theirs.code == grpc::StatusCode::DEADLINE_EXCEEDED
               ? "the reference timed out"
               : "";
  }
  const Oracle oracle(o.world.schema, o.world.relationships, absl::Now(),
                      o.world.objects);
  if (const auto name = KnownError(o, oracle); !name.empty()) return name;
  if (o.asked.api == Api::kExpand) return "";
  if (o.ours.ok() && o.theirs.ok() && Agree(o.asked, o.ours, o.theirs, false)) {
    return "which missing parameters are named";
  }
  if (IsWildcardForSets(o, oracle)) {
    return "a wildcard and a subject with a relation";
  }
  if (IsCaveatBesideSets(o, oracle)) {
    return "a caveat beside subject sets of the same type";
  }
  if ((IsLookup(o.asked) || o.asked.api == Api::kBulk) &&
      ContradictsItsCheck(o, oracle)) {
    return IsLookup(o.asked) ? "a lookup that contradicts its own check"
                             : "a bulk check that contradicts its own check";
  }
  return "";
}

}  // namespace kith::differential
