#include "property/reproduction.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "property/lookup_verdict.h"

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

// Puts one smaller version of the expression in its place; false when the
// answer is right with all of them.
bool ShrinkExpr(Expr* expr, const std::function<bool()>& still_wrong) {
  const Expr original = *expr;
  for (const Expr& operand : original.operands) {
    *expr = operand;
    if (still_wrong()) return true;
  }
  if (original.kind != Expr::Kind::kNil) {
    *expr = Expr{};
    if (still_wrong()) return true;
  }
  *expr = original;
  for (size_t i = 0; i < expr->operands.size(); ++i) {
    if (expr->operands.size() > 2) {
      expr->operands.erase(expr->operands.begin() + static_cast<long>(i));
      if (still_wrong()) return true;
      *expr = original;
    }
    if (ShrinkExpr(&expr->operands[i], still_wrong)) return true;
  }
  return false;
}

// Drops each item that can go; true when one did.
template <typename T>
bool DropItems(std::vector<T>* items,
               const std::function<bool()>& still_wrong) {
  bool dropped = false;
  for (size_t i = items->size(); i-- > 0;) {
    T item = std::move((*items)[i]);
    items->erase(items->begin() + static_cast<long>(i));
    if (still_wrong()) {
      dropped = true;
    } else {
      items->insert(items->begin() + static_cast<long>(i), std::move(item));
    }
  }
  return dropped;
}

bool ShrinkSchema(SchemaAst* schema, const std::function<bool()>& still_wrong) {
  bool shrunk = DropItems(&schema->types, still_wrong);
  for (TypeDef& type : schema->types) {
    for (PermissionDef& permission : type.permissions) {
      while (ShrinkExpr(&permission.expr, still_wrong)) shrunk = true;
    }
    shrunk |= DropItems(&type.permissions, still_wrong);
    for (RelationDef& relation : type.relations) {
      shrunk |= DropItems(&relation.allowed, still_wrong);
    }
    shrunk |= DropItems(&type.relations, still_wrong);
  }
  shrunk |= DropItems(&schema->caveats, still_wrong);
  return shrunk;
}

bool DropContext(Struct* context, const std::function<bool()>& still_wrong) {
  bool dropped = false;
  const Struct all = *context;
  for (const auto& [name, value] : all) {
    context->erase(name);
    if (still_wrong()) {
      dropped = true;
    } else {
      (*context)[name] = value;
    }
  }
  return dropped;
}

// Caveats, expiries and contexts that do not matter.
bool ShrinkRelationship(Relationship* r,
                        const std::function<bool()>& still_wrong) {
  const Relationship original = *r;
  if (r->expires_at) {
    r->expires_at.reset();
    if (still_wrong()) return true;
    *r = original;
  }
  if (!r->caveat) return false;
  r->caveat.reset();
  if (still_wrong()) return true;
  *r = original;
  return DropContext(&r->caveat->context, still_wrong);
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
      return SubjectsComplaint(db, question, oracle,
                               AskedObjects(reproduction), max_depth, pages);
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
  const std::function<bool()> still_wrong = [&] {
    return Reproduce(reproduction).has_value();
  };
  bool shrunk = true;
  while (shrunk) {
    shrunk = DropItems(&reproduction.relationships, still_wrong);
    for (Relationship& r : reproduction.relationships) {
      shrunk |= ShrinkRelationship(&r, still_wrong);
    }
    shrunk |= ShrinkSchema(&reproduction.schema, still_wrong);
    shrunk |= DropContext(&reproduction.question.context, still_wrong);
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
      "# max_depth {}, now {}, {} by pages of {}\nschema: |-\n{}\nrelationships: |-\n{}\n",
      reproduction.max_depth,
      absl::FormatTime(reproduction.now, absl::UTCTimeZone()),
      ApiName(reproduction.api), reproduction.limit,
      Indented(SchemaText(reproduction.schema)), Indented(relationships));
  if (!expected.decided()) {
    return yaml +
           fmt::format("# {} must be an error: recursion through exclusion\n",
                       reproduction.question.ToString());
  }
  return yaml +
         fmt::format("assertions:\n  {}:\n    - {}\n",
                     expected.lower == Truth::kTrue    ? "assertTrue"
                     : expected.lower == Truth::kFalse ? "assertFalse"
                                                       : "assertCaveated",
                     YamlQuoted(reproduction.question.ToString()));
}

}  // namespace kith::property
