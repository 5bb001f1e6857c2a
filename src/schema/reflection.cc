#include "schema/reflection.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "schema/source_text.h"

namespace kith::schema {
namespace {

// `optional_definition_name_filter:"doc" ...`: the set fields by their names on
// the wire.
std::string ToText(const SchemaFilter& filter) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"definition", filter.definition},
      {"caveat", filter.caveat},
      {"relation", filter.relation},
      {"permission", filter.permission},
  };
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (!text.empty()) text += ' ';
    text += fmt::format("optional_{}_name_filter:\"{}\"", name, value);
  }
  return text;
}

absl::Status CheckFilter(const SchemaFilter& filter) {
  std::string_view mistake;
  if (!filter.definition.empty() && !filter.caveat.empty()) {
    mistake = "expected the name of a definition or of a caveat, not both";
  } else if (!filter.relation.empty() && !filter.permission.empty()) {
    mistake = "expected the name of a relation or of a permission, not both";
  } else if (filter.definition.empty() &&
             !(filter.relation.empty() && filter.permission.empty())) {
    mistake =
        "expected the name of a definition beside that of a relation or "
        "permission";
  } else {
    return absl::OkStatus();
  }
  const std::string text = ToText(filter);
  return MakeError(absl::StatusCode::kInvalidArgument,
                   ErrorReason::kInvalidFilter,
                   fmt::format("invalid schema filter {}: {}", text, mistake),
                   {{"filter", text}});
}

class Selection {
 public:
  explicit Selection(const std::vector<SchemaFilter>& filters)
      : filters_(filters) {}

  bool Has(const Definition& definition) const {
    return Any([&](const SchemaFilter& f) { return Covers(f, definition); });
  }
  bool Has(const Definition& definition, const Relation& relation) const {
    return Any([&](const SchemaFilter& f) {
      return Covers(f, definition) && f.permission.empty() &&
             relation.name.starts_with(f.relation);
    });
  }
  bool Has(const Definition& definition, const Permission& permission) const {
    return Any([&](const SchemaFilter& f) {
      return Covers(f, definition) && f.relation.empty() &&
             permission.name.starts_with(f.permission);
    });
  }
  bool Has(const Caveat& caveat) const {
    return Any([&](const SchemaFilter& f) {
      return f.definition.empty() && caveat.name.starts_with(f.caveat);
    });
  }

 private:
  static bool Covers(const SchemaFilter& filter, const Definition& definition) {
    return filter.caveat.empty() &&
           definition.name.starts_with(filter.definition);
  }
  template <typename Predicate>
  bool Any(const Predicate& predicate) const {
    return filters_.empty() ||
           std::any_of(filters_.begin(), filters_.end(), predicate);
  }

  const std::vector<SchemaFilter>& filters_;
};

template <typename T>
void SortByName(std::vector<T>* items) {
  std::sort(items->begin(), items->end(),
            [](const T& a, const T& b) { return a.name < b.name; });
}

}  // namespace

ReflectedSubject Reflect(const AllowedSubject& allowed) {
  return {.type = allowed.type,
          .relation = allowed.relation,
          .wildcard = allowed.wildcard,
          .caveat = allowed.caveat,
          .expiration = allowed.expiration};
}

ReflectedRelation Reflect(const Definition& definition,
                          const Relation& relation) {
  ReflectedRelation reflected{.definition = definition.name,
                              .name = relation.name,
                              .comment = relation.doc,
                              .subjects = {}};
  for (const AllowedSubject& allowed : relation.allowed) {
    reflected.subjects.push_back(Reflect(allowed));
  }
  return reflected;
}

ReflectedPermission Reflect(const Definition& definition,
                            const Permission& permission) {
  return {.definition = definition.name,
          .name = permission.name,
          .comment = permission.doc,
          .expression = ToText(permission.expression)};
}

ReflectedDefinition Reflect(const Definition& definition) {
  ReflectedDefinition reflected{.name = definition.name,
                                .comment = definition.doc,
                                .relations = {},
                                .permissions = {}};
  for (const Relation& relation : definition.relations) {
    reflected.relations.push_back(Reflect(definition, relation));
  }
  for (const Permission& permission : definition.permissions) {
    reflected.permissions.push_back(Reflect(definition, permission));
  }
  return reflected;
}

ReflectedCaveat Reflect(const Caveat& caveat) {
  ReflectedCaveat reflected{.name = caveat.name,
                            .comment = caveat.doc,
                            .parameters = {},
                            .expression = caveat.expression};
  for (const CaveatParameter& parameter : caveat.parameters) {
    reflected.parameters.push_back(
        {caveat.name, parameter.name, parameter.type});
  }
  SortByName(&reflected.parameters);
  return reflected;
}

absl::StatusOr<SchemaReflection> Reflect(
    const Schema& schema, const std::vector<SchemaFilter>& filters) {
  for (const SchemaFilter& filter : filters) {
    KITH_RETURN_IF_ERROR(CheckFilter(filter));
  }
  const Selection selection(filters);
  SchemaReflection reflection;
  for (const Definition& definition : schema.definitions()) {
    if (!selection.Has(definition)) continue;
    ReflectedDefinition& reflected = reflection.definitions.emplace_back();
    reflected.name = definition.name;
    reflected.comment = definition.doc;
    for (const Relation& relation : definition.relations) {
      if (!selection.Has(definition, relation)) continue;
      reflected.relations.push_back(Reflect(definition, relation));
    }
    for (const Permission& permission : definition.permissions) {
      if (!selection.Has(definition, permission)) continue;
      reflected.permissions.push_back(Reflect(definition, permission));
    }
  }
  for (const Caveat& caveat : schema.caveats()) {
    if (selection.Has(caveat)) reflection.caveats.push_back(Reflect(caveat));
  }
  SortByName(&reflection.definitions);
  SortByName(&reflection.caveats);
  return reflection;
}

}  // namespace kith::schema
