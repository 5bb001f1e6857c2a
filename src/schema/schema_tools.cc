#include "kith/schema_tools.h"

#include <array>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "schema/difference.h"
#include "schema/lint.h"
#include "schema/reflection.h"
#include "schema/schema.h"

namespace kith {
namespace {

using Kind = SchemaDifference::Kind;

// What a line about a difference begins with, and the name of its kind on the
// wire, by number.
struct KindText {
  char sign;
  std::string_view name;
};
constexpr std::array<KindText, 20> kKinds = {{
    {' ', "unknown"},
    {'+', "definition_added"},
    {'-', "definition_removed"},
    {'~', "definition_doc_comment_changed"},
    {'+', "relation_added"},
    {'-', "relation_removed"},
    {'~', "relation_doc_comment_changed"},
    {'+', "relation_subject_type_added"},
    {'-', "relation_subject_type_removed"},
    {'+', "permission_added"},
    {'-', "permission_removed"},
    {'~', "permission_doc_comment_changed"},
    {'~', "permission_expr_changed"},
    {'+', "caveat_added"},
    {'-', "caveat_removed"},
    {'~', "caveat_doc_comment_changed"},
    {'~', "caveat_expr_changed"},
    {'+', "caveat_parameter_added"},
    {'-', "caveat_parameter_removed"},
    {'~', "caveat_parameter_type_changed"},
}};

const KindText& TextOf(Kind kind) {
  const auto number = static_cast<size_t>(kind);
  return kKinds[number < kKinds.size() ? number : 0];
}

// The subject of a difference in a line, by what kind of thing it is.
struct Describe {
  const SchemaDifference& difference;

  std::string operator()(const ReflectedDefinition& definition) const {
    return fmt::format("definition {}{}", definition.name, Comment());
  }
  std::string operator()(const ReflectedRelation& relation) const {
    const std::string name =
        fmt::format("relation {}#{}", relation.definition, relation.name);
    switch (difference.kind) {
      case Kind::kRelationSubjectAdded:
      case Kind::kRelationSubjectRemoved:
        return name + ": " + difference.changed_subject.ToString();
      case Kind::kRelationAdded:
        break;
      default:
        return fmt::format("{}{}", name, Comment());
    }
    std::string subjects;
    for (const ReflectedSubject& subject : relation.subjects) {
      subjects += (subjects.empty() ? "" : " | ") + subject.ToString();
    }
    return name + ": " + subjects;
  }
  std::string operator()(const ReflectedPermission& permission) const {
    const std::string name =
        fmt::format("permission {}#{}", permission.definition, permission.name);
    if (difference.kind == Kind::kPermissionAdded) {
      return name + " = " + permission.expression;
    }
    if (difference.kind != Kind::kPermissionExpressionChanged) {
      return fmt::format("{}{}", name, Comment());
    }
    return fmt::format("{} = {} (was {})", name, permission.expression,
                       difference.previous);
  }
  std::string operator()(const ReflectedCaveat& caveat) const {
    const std::string name = "caveat " + caveat.name;
    if (difference.kind != Kind::kCaveatExpressionChanged) {
      return fmt::format("{}{}", name, Comment());
    }
    return fmt::format("{}: {} (was {})", name, caveat.expression,
                       difference.previous);
  }
  std::string operator()(const ReflectedParameter& parameter) const {
    return fmt::format("parameter {} {} of caveat {}{}", parameter.name,
                       parameter.type, parameter.caveat,
                       difference.previous.empty()
                           ? ""
                           : fmt::format(" (was {})", difference.previous));
  }

  std::string_view Comment() const {
    switch (difference.kind) {
      case Kind::kDefinitionCommentChanged:
      case Kind::kRelationCommentChanged:
      case Kind::kPermissionCommentChanged:
      case Kind::kCaveatCommentChanged:
        return ": comment";
      default:
        return "";
    }
  }
};

}  // namespace

std::string ReflectedSubject::ToString() const {
  return schema::AllowedSubject{.type = type,
                                .relation = relation,
                                .wildcard = wildcard,
                                .caveat = caveat,
                                .expiration = expiration,
                                .range = {}}
      .ToString();
}

std::string_view SchemaDifference::KindName() const {
  return TextOf(kind).name;
}

std::string SchemaDifference::ToString() const {
  return fmt::format("{} {}", TextOf(kind).sign,
                     std::visit(Describe{*this}, subject));
}

absl::StatusOr<SchemaReflection> ReflectSchema(
    std::string_view text, const std::vector<SchemaFilter>& filters) {
  KITH_ASSIGN_OR_RETURN(const auto schema, schema::Compile(text));
  return schema::Reflect(*schema, filters);
}

absl::StatusOr<std::vector<SchemaDifference>> DiffSchemas(
    std::string_view older, std::string_view newer) {
  KITH_ASSIGN_OR_RETURN(const auto before, schema::Compile(older));
  KITH_ASSIGN_OR_RETURN(const auto after, schema::Compile(newer));
  return schema::Difference(*before, *after);
}

absl::StatusOr<std::vector<SchemaWarning>> LintSchema(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(const auto schema, schema::Compile(text));
  return schema::Lint(*schema);
}

}  // namespace kith
