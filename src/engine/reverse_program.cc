#include "engine/reverse_program.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace kith::engine {

class ReverseCompiler {
 public:
  using Landing = ReverseProgram::Landing;
  using Step = ReverseProgram::Step;

  ReverseCompiler(const SubjectPrograms& forward, ReverseProgram* out)
      : forward_(forward), out_(*out) {}

  void Compile(Symbol type) {
    Use(out_.goal_, type);
    used_[out_.goal_].place = true;
    while (!todo_.empty()) {
      const Pc pc = todo_.back();
      todo_.pop_back();
      Discover(pc);
    }
    for (const Pc pc : order_) Arrive(pc);
    SortSteps();
    std::ranges::sort(out_.identity_, {}, &Landing::pc);
    for (Landing& landing : out_.identity_) FindWhetherLeadsOn(&landing);
    for (Landing& landing : out_.landings_) FindWhetherLeadsOn(&landing);
  }

 private:
  struct Parent {
    Pc pc;
    bool sure;  // it is worth at least what this operation is
  };
  // What is known of an operation that the goal uses.
  struct Used {
    Symbol type = storage::kNoSymbol;  // of its objects
    bool place = false;
    std::vector<Parent> parents;  // on the same object
  };

  void Use(Pc pc, Symbol type) {
    const auto [it, fresh] = used_.try_emplace(pc);
    if (!fresh) return;
    it->second.type = type;
    todo_.push_back(pc);
    order_.push_back(pc);
  }

  void UseOperand(Pc parent, Pc child, bool sure) {
    Use(child, used_[parent].type);
    used_[child].parents.push_back({parent, sure});
  }

  void Discover(Pc pc) {
    const Op& op = forward_.op(pc);
    switch (op.kind) {
      case Op::Kind::kNil:
      case Op::Kind::kIdentity:
      case Op::Kind::kDirect:
        break;
      case Op::Kind::kOr:
        for (const Pc child : forward_.children(op)) {
          UseOperand(pc, child, true);
        }
        break;
      case Op::Kind::kAnd:
        UseOperand(pc, Driver(op), false);
        break;
      case Op::Kind::kMinus:
        UseOperand(pc, forward_.children(op)[0], false);
        break;
      case Op::Kind::kUserset:
      case Op::Kind::kArrowAny:
      case Op::Kind::kArrowAll:
        for (const Hop& hop : forward_.hops(op)) {
          if (hop.target == kNilPc) continue;
          Use(hop.target, hop.subject.type);
          used_[hop.target].place = true;
        }
        break;
    }
  }

  // The operand of an intersection that is followed, by what it is likely to
  // find: the fewest objects first.
  Pc Driver(const Op& op) const {
    auto rank = [this](Pc pc) {
      const Op& child = forward_.op(pc);
      if (child.kind == Op::Kind::kIdentity) return 0;
      if (child.kind != Op::Kind::kDirect) return 2;
      return child.wildcard.none() ? 1 : 3;
    };
    const auto children = forward_.children(op);
    return *std::ranges::min_element(children, {}, rank);
  }

  // Makes the entries and steps that end at an operation.
  void Arrive(Pc pc) {
    const Op& op = forward_.op(pc);
    switch (op.kind) {
      case Op::Kind::kIdentity:
        for (const Landing& landing : LandingsOf(pc, true)) {
          Merge(&out_.identity_, landing);
        }
        break;
      case Op::Kind::kDirect: {
        ReverseProgram::Entry entry{.resource_type = used_[pc].type,
                                    .relation = op.relation,
                                    .concrete = op.concrete,
                                    .wildcard = op.wildcard};
        std::tie(entry.first, entry.count) = Append(LandingsOf(pc, true));
        out_.entries_.push_back(entry);
        break;
      }
      case Op::Kind::kUserset:
      case Op::Kind::kArrowAny:
      case Op::Kind::kArrowAll:
        ArriveByHops(pc, op);
        break;
      default:
        break;
    }
  }

  void ArriveByHops(Pc pc, const Op& op) {
    // That one object qualifies does not say that all do.
    const auto landings = LandingsOf(pc, op.kind != Op::Kind::kArrowAll);
    const auto [first, count] = Append(landings);
    for (const Hop& hop : forward_.hops(op)) {
      if (hop.target == kNilPc) continue;
      out_.steps_.push_back({.from = hop.target,
                             .subject_relation = hop.subject.relation,
                             .resource_type = used_[pc].type,
                             .relation = op.relation,
                             .traits = hop.traits,
                             .first = first,
                             .count = count});
    }
  }

  // The places on the same object that hang on `pc`, itself included.
  std::vector<Landing> LandingsOf(Pc pc, bool sure) {
    absl::flat_hash_map<Pc, bool> best = {{pc, sure}};
    std::vector<Landing> todo = {{pc, sure}};
    while (!todo.empty()) {
      const Landing at = todo.back();
      todo.pop_back();
      for (const Parent& parent : used_[at.pc].parents) {
        const Landing up{parent.pc, at.sure && parent.sure};
        const auto [it, fresh] = best.try_emplace(up.pc, up.sure);
        if (!fresh && (it->second || !up.sure)) continue;
        it->second = up.sure;
        todo.push_back(up);
      }
    }
    std::vector<Landing> landings;
    for (const auto& [place, is_sure] : best) {
      if (used_[place].place) landings.push_back({place, is_sure});
    }
    std::ranges::sort(landings, {}, &Landing::pc);
    return landings;
  }

  static void Merge(std::vector<Landing>* landings, const Landing& added) {
    const auto same = std::ranges::find(*landings, added.pc, &Landing::pc);
    if (same == landings->end()) {
      landings->push_back(added);
    } else {
      same->sure |= added.sure;
    }
  }

  std::pair<uint32_t, uint32_t> Append(const std::vector<Landing>& landings) {
    const auto first = static_cast<uint32_t>(out_.landings_.size());
    out_.landings_.insert(out_.landings_.end(), landings.begin(),
                          landings.end());
    return {first, static_cast<uint32_t>(landings.size())};
  }

  // Groups steps by place. Those that would read the same relationships become
  // one with the landings of all.
  void SortSteps() {
    auto key = [](const Step& step) {
      return std::tuple(step.from, step.resource_type, step.relation,
                        step.subject_relation);
    };
    std::ranges::stable_sort(out_.steps_, {}, key);
    std::vector<Step> merged;
    for (const Step& step : out_.steps_) {
      // The traits are the relation's and so the same too.
      if (merged.empty() || key(merged.back()) != key(step)) {
        merged.push_back(step);
        continue;
      }
      const auto had = out_.landings(merged.back());
      std::vector<Landing> all(had.begin(), had.end());
      for (const Landing& landing : out_.landings(step)) Merge(&all, landing);
      std::tie(merged.back().first, merged.back().count) = Append(all);
    }
    out_.steps_ = std::move(merged);
  }

  void FindWhetherLeadsOn(Landing* landing) const {
    landing->leads_on = !out_.steps(landing->pc).empty();
  }

  const SubjectPrograms& forward_;
  ReverseProgram& out_;
  absl::flat_hash_map<Pc, Used> used_;
  std::vector<Pc> todo_;
  std::vector<Pc> order_;  // the operations used, in the order found
};

ReverseProgram::ReverseProgram(const SubjectPrograms& forward, Pc goal,
                               Symbol type)
    : goal_(goal) {
  ReverseCompiler(forward, this).Compile(type);
}

std::span<const ReverseProgram::Step> ReverseProgram::steps(Pc from) const {
  return {std::ranges::lower_bound(steps_, from, {}, &Step::from),
          std::ranges::upper_bound(steps_, from, {}, &Step::from)};
}

}  // namespace kith::engine
