#include "property/reproduction.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "property/lookup_verdict.h"
#include "property/shrink.h"

namespace kith::property {
namespace {

Solution SolveFor(const Oracle& oracle, const Reproduction& reproduction) {
  return oracle.Solve(reproduction.question.subject,
                      reproduction.question.context);
}

std::vector<ObjectRef> AskedObjects(const Reproduction& reproduction) {
  const AtomName& atom = reproduction.question.atom;
  return {ObjectRef(atom.type, atom.id), reproduction.question.subject.object};
}

// Whether the schema (still) has the names in the question.
bool CanBeAsked(const Reproduction& reproduction) {
  const AtomName& atom = reproduction.question.atom;
  const SubjectRef& subject = reproduction.question.subject;
  const TypeDef* type = reproduction.schema.FindType(atom.type);
  const TypeDef* subject_type =
      reproduction.schema.FindType(subject.object.type);
  return type != nullptr && type->Has(atom.name) && subject_type != nullptr &&
         (subject.relation.empty() || subject_type->Has(subject.relation));
}

std::string Indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c == '\t' ? "  " : std::string(1, c);
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string YamlQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::optional<std::string> ComplaintOf(const Reproduction& reproduction,
                                       const Oracle& oracle, Database* db) {
  const Question& question = reproduction.question;
  const uint32_t max_depth = reproduction.max_depth;
  const LookupPages pages{reproduction.limit, {}};
  switch (reproduction.api) {
    case Reproduction::Api::kCheck:
      return Complaint(AskCheck(db, question), question,
                       SolveFor(oracle, reproduction), max_depth);
    case Reproduction::Api::kExpand:
      return TreeComplaint(AskExpand(db, question.atom), question, oracle,
                           oracle.SolveWithoutCaveats(question.subject),
                           max_depth);
    case Reproduction::Api::kLookupResources:
      return ResourcesComplaint(db, question, oracle,
                                SolveFor(oracle, reproduction), max_depth,
                                pages);
    case Reproduction::Api::kLookupSubjects:
      return SubjectsComplaint(db, question, oracle, AskedObjects(reproduction),
                               max_depth, pages);
  }
  return std::nullopt;
}

std::string_view ApiName(Reproduction::Api api) {
  switch (api) {
    case Reproduction::Api::kCheck:
      return "check";
    case Reproduction::Api::kExpand:
      return "expand";
    case Reproduction::Api::kLookupResources:
      return "lookup of resources";
    case Reproduction::Api::kLookupSubjects:
      return "lookup of subjects";
  }
  return "";
}

}  // namespace

std::optional<std::string> Reproduce(const Reproduction& reproduction) {
  Options options;
  options.in_memory = true;
  options.max_depth = reproduction.max_depth;
  options.now = [now = reproduction.now] { return now; };
  if (!CanBeAsked(reproduction)) return std::nullopt;
  auto db = Database::Open(options);
  if (!db.ok()) return std::nullopt;
  if (!(*db)->WriteSchema(SchemaText(reproduction.schema)).ok()) {
    return std::nullopt;
  }
  for (const Relationship& r : reproduction.relationships) {
    if (!(*db)->Write({Touch(r)}).ok()) return std::nullopt;
  }
  const Oracle oracle(reproduction.schema, reproduction.relationships,
                      reproduction.now, AskedObjects(reproduction));
  return ComplaintOf(reproduction, oracle, db->get());
}

Reproduction Shrink(Reproduction reproduction) {
  const StillWrong still_wrong = [&] {
    return Reproduce(reproduction).has_value();
  };
  bool shrunk = true;
  while (shrunk) {
    shrunk = ShrinkRelationships(&reproduction.relationships, still_wrong);
    shrunk |= ShrinkSchema(&reproduction.schema, still_wrong);
    shrunk |= ShrinkContext(&reproduction.question.context, still_wrong);
  }
  return reproduction;
}

std::string ToYaml(const Reproduction& reproduction) {
  std::string relationships;
  for (const Relationship& r : reproduction.relationships) {
    relationships += r.ToString() + "\n";
  }
  const Oracle oracle(reproduction.schema, reproduction.relationships,
                      reproduction.now, AskedObjects(reproduction));
  const Bounds expected =
      SolveFor(oracle, reproduction).Get(reproduction.question.atom);
  std::string yaml = fmt::format(
      "# max_depth {}, now {}, {} by pages of {}\nschema: "
      "|-\n{}\nrelationships: |-\n{}\n",
      reproduction.max_depth,
      absl::FormatTime(reproduction.now, absl::UTCTimeZone()),
      ApiName(reproduction.api), reproduction.limit,
      Indented(SchemaText(reproduction.schema)), Indented(relationships));
  if (!expected.decided()) {
    return yaml +
           fmt::format("# {} must be an error: recursion through exclusion\n",
                       reproduction.question.ToString());
  }
  return yaml + fmt::format("assertions:\n  {}:\n    - {}\n",
                            expected.lower == Truth::kTrue ? "assertTrue"
                            : expected.lower == Truth::kFalse
                                ? "assertFalse"
                                : "assertCaveated",
                            YamlQuoted(reproduction.question.ToString()));
}

}  // namespace kith::property
