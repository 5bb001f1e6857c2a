#include "property/generator.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "property/schema_generator.h"

namespace kith::property {
namespace {

// A way to write a relationship that the schema allows.
struct Form {
  std::string type;
  std::string relation;
  AllowedType allowed;
};

class ModelMaker {
 public:
  explicit ModelMaker(uint64_t seed) : random_(seed) {
    model_.seed = seed;
    model_.start = absl::FromUnixSeconds(1'800'000'000);
  }

  Model Make() {
    schema_ = MakeSchema(&random_);
    model_.schema = schema_;
    model_.max_depth =
        random_.Percent(65) ? 50 : static_cast<uint32_t>(random_.Between(1, 6));
    CollectForms();
    ChooseIds();
    MakeContexts();
    std::vector<Relationship> relationships = MakeRelationships();
    CollectSubjects(relationships);
    WritePhase(relationships);
    ChangePhase();
    if (random_.Percent(60)) SchemaPhase();
    ClockPhases();
    for (int i = 0; i < 3; ++i) model_.extra.push_back(AnyRelationship());
    return std::move(model_);
  }

 private:
  void CollectForms() {
    forms_.clear();
    for (const TypeDef& type : schema_.types) {
      if (type.name == kNoise) continue;
      for (const RelationDef& relation : type.relations) {
        for (const AllowedType& allowed : relation.allowed) {
          forms_.push_back({type.name, relation.name, allowed});
        }
      }
    }
  }

  // Ids that prefix each other, need quotes or look like syntax.
  void ChooseIds() {
    const std::vector<std::string> pool = {
        "a",   "ab", "a/b", "b", "A",   "a@x.com", "\u00e9",
        "b c", "a*", "0",   "-", "x|y", "a#b"};
    for (const TypeDef& type : schema_.types) {
      if (type.name == kNoise) continue;
      ids_[type.name] = random_.Sample(pool, random_.Between(2, 5));
      for (const std::string& id : ids_[type.name]) {
        model_.objects.emplace_back(type.name, id);
      }
    }
  }

  std::string AnyId(const std::string& type) {
    return random_.Pick(ids_.at(type));
  }

  std::optional<absl::Time> Expiry(const AllowedType& allowed) {
    if (!allowed.expiration) return std::nullopt;
    switch (random_.Below(4)) {
      case 0:
        return model_.start - absl::Seconds(1);
      case 1:
        return model_.start + absl::Hours(100'000);
      default:
        return model_.start + absl::Seconds(random_.Between(1, 20));
    }
  }

  Relationship Fill(const Form& form, std::string_view resource_id,
                    std::string_view subject_id) {
    const std::string_view id =
        form.allowed.wildcard ? kWildcardId : subject_id;
    Relationship r(
        ObjectRef(form.type, resource_id), form.relation,
        SubjectRef(ObjectRef(form.allowed.type, id), form.allowed.relation));
    r.expires_at = Expiry(form.allowed);
    if (!form.allowed.caveat.empty()) {
      r.caveat = CaveatRef{form.allowed.caveat, {}};
      const CaveatDef& caveat = *schema_.FindCaveat(form.allowed.caveat);
      FillContext(caveat, 35, &r.caveat->context);
    }
    return r;
  }

  void FillContext(const CaveatDef& caveat, size_t percent, Struct* context) {
    for (const ConditionParameter& parameter : caveat.parameters) {
      if (!random_.Percent(percent)) continue;
      (*context)[parameter.name] = MakeContextValue(parameter.type, &random_);
    }
  }

  // Contexts of requests: none, some and all values, and wrong ones.
  void MakeContexts() {
    model_.contexts.push_back({});
    if (schema_.caveats.empty()) return;
    for (const size_t percent : {40, 60, 100, 100}) {
      Struct context;
      for (const CaveatDef& caveat : schema_.caveats) {
        FillContext(caveat, percent, &context);
      }
      if (random_.Percent(30)) context["unheard"] = Value{std::string("of")};
      model_.contexts.push_back(std::move(context));
    }
    if (!random_.Percent(40)) return;
    const CaveatDef& caveat = random_.Pick(schema_.caveats);
    const ConditionParameter& parameter = random_.Pick(caveat.parameters);
    Struct wrong = random_.Pick(model_.contexts);
    wrong[parameter.name] = MakeWrongValue(parameter.type, &random_);
    model_.contexts.push_back(std::move(wrong));
  }

  Relationship AnyRelationship() {
    const Form& form = random_.Pick(forms_);
    return Fill(form, AnyId(form.type), AnyId(form.allowed.type));
  }

  template <typename Wanted>
  const Form* PickForm(Wanted wanted) {
    std::vector<const Form*> some;
    for (const Form& form : forms_) {
      if (wanted(form)) some.push_back(&form);
    }
    return some.empty() ? nullptr : random_.Pick(some);
  }

  size_t ChainLength() {
    const size_t kind = random_.Below(100);
    if (kind < 50) return random_.Between(1, 6);
    if (kind < 70) return random_.Between(1, 60);
    return model_.max_depth + 2 - std::min<size_t>(random_.Below(5), 2);
  }

  // A chain of one type's objects over one relation: straight, closed to a
  // cycle, with short cuts (ladders) or with pairs side by side (diamonds).
  void AddChain(std::vector<Relationship>* out) {
    const Form* form = PickForm([](const Form& one) {
      return one.type == one.allowed.type && !one.allowed.wildcard;
    });
    if (form == nullptr) return;
    // All that the schema allows of the same subjects, so that some links are
    // conditional and others are not.
    std::vector<Form> links;
    for (const Form& one : forms_) {
      if (one.type == form->type && one.relation == form->relation &&
          one.allowed.type == form->allowed.type && !one.allowed.wildcard &&
          one.allowed.relation == form->allowed.relation) {
        links.push_back(one);
      }
    }
    const size_t length = ChainLength();
    const std::string prefix = random_.Percent(50) ? "n" : "n/";
    const auto id = [&](size_t i) { return prefix + std::to_string(i); };
    const auto add = [&](const std::string& from, const std::string& to) {
      out->push_back(Fill(random_.Pick(links), from, to));
    };
    const size_t kind = random_.Below(100);
    for (size_t i = 0; i < length; ++i) {
      add(id(i), id(i + 1));
      if (kind < 20 && i + 2 <= length) {
        add(id(i), id(i + 2));
      } else if (kind < 35) {
        add(id(i), "side" + id(i));
        add("side" + id(i), id(i + 1));
      }
    }
    if (kind >= 65) add(id(length), id(random_.Below(length + 1)));
    for (const size_t i : {size_t{0}, length / 2, length}) {
      model_.objects.emplace_back(form->type, id(i));
      Hang(form->type, id(i), out);
    }
  }

  // A few relationships from the object to ordinary subjects.
  void Hang(const std::string& type, const std::string& id,
            std::vector<Relationship>* out) {
    for (size_t n = random_.Between(0, 2); n > 0; --n) {
      const Form* form =
          PickForm([&](const Form& one) { return one.type == type; });
      if (form == nullptr) return;
      out->push_back(Fill(*form, id, AnyId(form->allowed.type)));
    }
  }

  // As many subjects as batches and chunks like to be cut at.
  void AddWideRelation(std::vector<Relationship>* out) {
    const Form* form =
        PickForm([](const Form& one) { return !one.allowed.wildcard; });
    if (form == nullptr) return;
    const std::string id = AnyId(form->type);
    for (size_t i = random_.Between(99, 101); i > 0; --i) {
      out->push_back(Fill(*form, id, "w" + std::to_string(i)));
    }
    model_.objects.emplace_back(form->allowed.type, "w1");
  }

  std::vector<Relationship> MakeRelationships() {
    std::vector<Relationship> made;
    for (size_t n = random_.Between(3, 45); n > 0; --n) {
      made.push_back(AnyRelationship());
    }
    if (random_.Percent(60)) AddChain(&made);
    if (random_.Percent(20)) AddChain(&made);
    if (random_.Percent(5)) AddWideRelation(&made);
    std::map<std::string, Relationship> unique;
    for (Relationship& r : made) {
      std::string identity = IdentityText(r);
      unique.emplace(std::move(identity), std::move(r));
    }
    std::vector<Relationship> all;
    for (auto& [identity, r] : unique) all.push_back(std::move(r));
    random_.Shuffle(&all);
    return all;
  }

  void CollectSubjects(const std::vector<Relationship>& relationships) {
    std::set<SubjectRef> subjects = {SubjectRef(ObjectRef(kUser, "unseen")),
                                     SubjectRef(ObjectRef(kBot, "unseen"))};
    for (const ObjectRef& object : model_.objects) {
      subjects.insert(SubjectRef(object));
      const TypeDef* type = schema_.FindType(object.type);
      if (type->relations.empty() || !random_.Percent(30)) continue;
      subjects.insert(SubjectRef(
          object, random_.Percent(50) ? random_.Pick(type->relations).name
                                      : random_.Pick(type->permissions).name));
    }
    for (const Relationship& r : relationships) {
      if (!r.subject.is_wildcard() && random_.Percent(20)) {
        subjects.insert(r.subject);
      }
    }
    model_.subjects.assign(subjects.begin(), subjects.end());
  }

  // CREATE only where no version of the relationship was ever there: what an
  // expired one does to CREATE is not this test's matter.
  Update Put(const Relationship& r) {
    const bool first = created_.insert(IdentityText(r)).second;
    return first && random_.Percent(50) ? Create(r) : Touch(r);
  }

  void Commit(Step step, Phase* phase) {
    state_.Apply(step);
    phase->steps.push_back(std::move(step));
  }

  // Batches that never name a relationship twice.
  void CommitUpdates(std::vector<Update> updates, Phase* phase) {
    Step step;
    std::set<std::string> named;
    size_t size = random_.Between(1, 40);
    for (Update& update : updates) {
      if (!named.insert(IdentityText(update.relationship)).second ||
          step.updates.size() >= size) {
        Commit(std::exchange(step, {}), phase);
        named = {IdentityText(update.relationship)};
        size = random_.Between(1, 40);
      }
      step.updates.push_back(std::move(update));
    }
    if (!step.updates.empty()) Commit(std::move(step), phase);
  }

  // Writes all of `relationships`, between others that are deleted again.
  void WritePhase(const std::vector<Relationship>& relationships) {
    Phase phase{.schema = {}, .steps = {}, .now = model_.start};
    State wanted;
    for (const Relationship& r : relationships) wanted.Put(r);
    std::vector<Update> updates;
    std::vector<Relationship> passing;
    for (const Relationship& r : relationships) {
      if (random_.Percent(15)) {
        Relationship other = AnyRelationship();
        if (!wanted.Has(other)) {
          updates.push_back(Put(other));
          passing.push_back(std::move(other));
        }
      }
      if (random_.Percent(10)) updates.push_back(Delete(r));
      updates.push_back(Put(r));
      if (random_.Percent(10)) updates.push_back(Touch(r));
    }
    for (Relationship& r : passing) updates.push_back(Delete(std::move(r)));
    CommitUpdates(std::move(updates), &phase);
    model_.phases.push_back(std::move(phase));
  }

  void ChangePhase() {
    Phase phase{.schema = {}, .steps = {}, .now = model_.start};
    ChangeRelationships(&phase);
    model_.phases.push_back(std::move(phase));
  }

  // Another schema over the same data, and then more data.
  void SchemaPhase() {
    schema_ = ChangeSchema(schema_, state_.All(), &random_);
    Phase phase{.schema = schema_, .steps = {}, .now = model_.start};
    CollectForms();
    if (random_.Percent(50)) ChangeRelationships(&phase);
    model_.phases.push_back(std::move(phase));
  }

  void ChangeRelationships(Phase* phase) {
    const std::vector<Relationship> all = state_.All();
    std::vector<Update> updates;
    for (size_t n = random_.Between(1, 8); n > 0; --n) {
      if (random_.Percent(60) && !all.empty()) {
        updates.push_back(Delete(random_.Pick(all)));
      } else {
        updates.push_back(Put(AnyRelationship()));
      }
    }
    CommitUpdates(std::move(updates), phase);
    if (random_.Percent(30) && !all.empty()) {
      Step step;
      step.removed = MakeFilter(random_.Pick(all), &random_);
      Commit(std::move(step), phase);
    }
  }

  // The last instant before an expiry, the expiry itself, and the next.
  void ClockPhases() {
    std::vector<absl::Time> expiries;
    for (const Relationship& r : state_.All()) {
      if (r.expires_at && *r.expires_at > model_.start) {
        expiries.push_back(*r.expires_at);
      }
    }
    if (expiries.empty()) return;
    const absl::Time expiry = random_.Pick(expiries);
    for (const int step : {-1, 0, 1}) {
      model_.phases.push_back({{}, {}, expiry + absl::Nanoseconds(step)});
    }
  }

  Random random_;
  Model model_;
  SchemaAst schema_;  // the latest
  std::vector<Form> forms_;
  std::map<std::string, std::vector<std::string>> ids_;
  std::set<std::string> created_;
  State state_;
};

}  // namespace

Model MakeModel(uint64_t seed) { return ModelMaker(seed).Make(); }

RelationshipFilter MakeFilter(const Relationship& like, Random* random) {
  RelationshipFilter filter;
  while (filter == RelationshipFilter{}) {
    if (random->Percent(60)) filter.resource_type = like.resource.type;
    if (random->Percent(40)) {
      filter.resource_id = like.resource.id;
    } else if (random->Percent(20)) {
      // A whole number of characters of the ids in use.
      filter.resource_id_prefix =
          static_cast<unsigned char>(like.resource.id[0]) < 0x80
              ? like.resource.id.substr(0, 1)
              : like.resource.id;
    }
    if (random->Percent(40)) filter.relation = like.relation;
    if (random->Percent(40)) {
      SubjectFilter& subject = filter.subject.emplace();
      subject.type = like.subject.object.type;
      if (random->Percent(50)) subject.id = like.subject.object.id;
      if (random->Percent(40)) subject.relation = like.subject.relation;
    }
  }
  return filter;
}

}  // namespace kith::property
