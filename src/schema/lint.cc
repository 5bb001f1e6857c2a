#include "schema/lint.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/inhabited.h"
#include "schema/analysis/symbols.h"

namespace kith::schema {
namespace {

// Before the codes that a comment silences. The second is how schemas written
// for the reference system say it.
constexpr std::string_view kIgnore[] = {"kith-ignore-warning:",
                                        "spicedb-ignore-warning:"};

// Does `comment` name `code` behind one of kIgnore, alone or in a list?
bool Silences(std::string_view comment, std::string_view code) {
  const auto is_code = [](char c) {
    return c == '-' || (c >= 'a' && c <= 'z');
  };
  for (const std::string_view marker : kIgnore) {
    for (size_t at = comment.find(marker); at != std::string_view::npos;
         at = comment.find(marker, at + 1)) {
      std::string_view rest = comment.substr(at + marker.size());
      rest = rest.substr(0, rest.find('\n'));
      while (!rest.empty()) {
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_code);
        const size_t length = end - rest.begin();
        if (rest.substr(0, length) == code) return true;
        rest.remove_prefix(std::max<size_t>(length, 1));
      }
    }
  }
  return false;
}

std::string_view LastPart(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool NamesParent(std::string_view name, std::string_view definition) {
  const std::string parent(LastPart(definition));
  return name == parent || name.starts_with(parent + "_") ||
         name.ends_with("_" + parent);
}

class Linter {
 public:
  explicit Linter(const Schema& schema)
      : symbols_(schema), inhabited_(symbols_) {}

  std::vector<SchemaWarning> Run() {
    absl::flat_hash_set<std::string_view> caveats_in_use;
    for (const Definition& definition : symbols_.schema().definitions()) {
      definition_ = symbols_.FindType(definition.name);
      for (const Relation& relation : definition.relations) {
        for (const AllowedSubject& allowed : relation.allowed) {
          caveats_in_use.insert(allowed.caveat);
        }
        comment_ = relation.doc;
        CheckMemberName("relation", relation.name, relation.range);
      }
      for (const Permission& permission : definition.permissions) {
        comment_ = permission.doc;
        CheckPermission(permission);
      }
    }
    definition_ = nullptr;
    for (const Caveat& caveat : symbols_.schema().caveats()) {
      if (caveats_in_use.contains(caveat.name)) continue;
      comment_ = caveat.doc;
      Warn("unused-caveat", caveat.range,
           fmt::format("no relation requires caveat {}", Quoted(caveat.name)));
    }
    Sort();
    return std::move(warnings_);
  }

 private:
  void CheckMemberName(std::string_view what, std::string_view name,
                       const Range& range) {
    const std::string& parent = definition_->definition->name;
    if (!NamesParent(name, parent)) return;
    Warn("relation-name-references-parent", range,
         fmt::format("{} {} repeats the name of its definition {}", what,
                     Quoted(name), Quoted(parent)));
  }

  void CheckPermission(const Permission& permission) {
    CheckMemberName("permission", permission.name, permission.range);
    const size_t before = warnings_.size();
    CheckExpression(permission, permission.expression);
    // An arrow to nowhere explains it already; a bare nil is meant.
    if (warnings_.size() == before &&
        permission.expression.kind != Expression::Kind::kNil &&
        !inhabited_.Has(permission)) {
      Warn("permission-is-always-empty", permission.range,
           fmt::format("no subject can ever have permission {}",
                       Quoted(permission.name)));
    }
  }

  // As deep as the expression, which the parser bounds.
  void CheckExpression(const Permission& permission, const Expression& e) {
    switch (e.kind) {
      case Expression::Kind::kNil:
      case Expression::Kind::kSelf:
        return;
      case Expression::Kind::kName:
        if (e.name != permission.name) return;
        return Warn("permission-references-itself", e.range,
                    fmt::format("permission {} is part of its own expression: "
                                "it adds no one there",
                                Quoted(permission.name)));
      case Expression::Kind::kArrow:
      case Expression::Kind::kArrowAll:
        return CheckArrow(e);
      case Expression::Kind::kUnion:
      case Expression::Kind::kIntersection:
      case Expression::Kind::kExclusion:
        break;
    }
    for (const Expression& operand : e.operands) {
      CheckExpression(permission, operand);
    }
  }

  void CheckArrow(const Expression& e) {
    bool found = false;
    const AllowedSubject* set = nullptr;
    std::string_view relation_of;
    for (const AllowedSubject& allowed :
         definition_->Find(e.name)->relation->allowed) {
      if (set == nullptr && !allowed.relation.empty()) set = &allowed;
      const Symbols::Member* target =
          symbols_.FindType(allowed.type)->Find(e.target);
      if (target == nullptr) continue;
      found = true;
      if (target->relation != nullptr) relation_of = allowed.type;
    }
    if (!found) {
      Warn("arrow-references-unreachable-relation", e.range,
           fmt::format("no subject of relation {} has a relation or permission "
                       "{}: the arrow leads to no one",
                       Quoted(e.name), Quoted(e.target)));
    }
    if (set != nullptr) {
      Warn("arrow-walks-subject-relation", e.range,
           fmt::format("relation {} allows {}, and an arrow ignores {}: it "
                       "asks the object {} itself",
                       Quoted(e.name), Quoted(set->ToString()),
                       Quoted("#" + set->relation), Quoted(set->type)));
    }
    if (!relation_of.empty()) {
      Warn("arrow-references-relation", e.range,
           fmt::format("{} is a relation of {}: expected a permission, which "
                       "can change without changing who depends on it",
                       Quoted(e.target), Quoted(relation_of)));
    }
  }

  void Warn(std::string_view code, const Range& range, std::string message) {
    if (Silences(comment_, code)) return;
    if (definition_ != nullptr &&
        Silences(definition_->definition->doc, code)) {
      return;
    }
    warnings_.push_back({.code = std::string(code),
                         .message = std::move(message),
                         .file = {},
                         .line = range.begin.line,
                         .column = range.begin.column,
                         .end_line = range.end.line,
                         .end_column = range.end.column});
  }

  // One place warns once of one thing, however often a partial brings it in.
  void Sort() {
    const auto place = [](const SchemaWarning& w) {
      return std::tie(w.line, w.column, w.code);
    };
    std::stable_sort(
        warnings_.begin(), warnings_.end(),
        [&](const auto& a, const auto& b) { return place(a) < place(b); });
    warnings_.erase(std::unique(warnings_.begin(), warnings_.end(),
                                [&](const auto& a, const auto& b) {
                                  return place(a) == place(b);
                                }),
                    warnings_.end());
  }

  const Symbols symbols_;
  const Inhabited inhabited_;
  const Symbols::Type* definition_ = nullptr;  // at hand; null: outside of any
  std::string_view comment_;                   // of the declaration at hand
  std::vector<SchemaWarning> warnings_;
};

}  // namespace

std::vector<SchemaWarning> Lint(const Schema& schema) {
  return Linter(schema).Run();
}

}  // namespace kith::schema
