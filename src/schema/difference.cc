#include "schema/difference.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "schema/reflection.h"
#include "schema/source_text.h"

namespace kith::schema {
namespace {

using Kind = SchemaDifference::Kind;

template <typename T>
std::map<std::string_view, const T*> ByName(const std::vector<T>& items) {
  std::map<std::string_view, const T*> by_name;
  for (const T& item : items) by_name.emplace(item.name, &item);
  return by_name;
}

// Calls `visit(older, newer)` for each name of either, in order; the one that
// lacks it is nullptr.
template <typename T, typename Visit>
void ForEachName(const std::vector<T>& older, const std::vector<T>& newer,
                 const Visit& visit) {
  const auto before = ByName(older);
  const auto after = ByName(newer);
  auto both = before;
  both.insert(after.begin(), after.end());
  const auto find = [](const auto& items, std::string_view name) {
    const auto it = items.find(name);
    return it == items.end() ? nullptr : it->second;
  };
  for (const auto& [name, any] : both) {
    visit(find(before, name), find(after, name));
  }
}

class Comparison {
 public:
  std::vector<SchemaDifference> Compare(const Schema& older,
                                        const Schema& newer) {
    ForEachName(older.definitions(), newer.definitions(),
                [this](const Definition* before, const Definition* after) {
                  CompareDefinitions(before, after);
                });
    ForEachName(older.caveats(), newer.caveats(),
                [this](const Caveat* before, const Caveat* after) {
                  CompareCaveats(before, after);
                });
    return std::move(differences_);
  }

 private:
  template <typename Subject>
  SchemaDifference& Add(Kind kind, Subject subject) {
    SchemaDifference& difference = differences_.emplace_back();
    difference.kind = kind;
    difference.subject = std::move(subject);
    return difference;
  }

  void CompareDefinitions(const Definition* before, const Definition* after) {
    if (after == nullptr) {
      Add(Kind::kDefinitionRemoved, Reflect(*before));
      return;
    }
    if (before == nullptr) {
      Add(Kind::kDefinitionAdded, Reflect(*after));
      return;
    }
    if (before->doc != after->doc) {
      Add(Kind::kDefinitionCommentChanged, Reflect(*after));
    }
    ForEachName(before->relations, after->relations,
                [&](const Relation* old_one, const Relation* new_one) {
                  CompareRelations(*after, old_one, new_one);
                });
    ForEachName(before->permissions, after->permissions,
                [&](const Permission* old_one, const Permission* new_one) {
                  ComparePermissions(*after, old_one, new_one);
                });
  }

  void CompareRelations(const Definition& definition, const Relation* before,
                        const Relation* after) {
    if (after == nullptr) {
      Add(Kind::kRelationRemoved, Reflect(definition, *before));
      return;
    }
    if (before == nullptr) {
      Add(Kind::kRelationAdded, Reflect(definition, *after));
      return;
    }
    if (before->doc != after->doc) {
      Add(Kind::kRelationCommentChanged, Reflect(definition, *after));
    }
    CompareSubjects(definition, *before, *after);
  }

  // Each exact combination of type, relation or wildcard, caveat and expiry.
  void CompareSubjects(const Definition& definition, const Relation& before,
                       const Relation& after) {
    std::map<std::string, const AllowedSubject*> old_ones;
    std::map<std::string, const AllowedSubject*> new_ones;
    for (const auto& a : before.allowed) old_ones.emplace(a.ToString(), &a);
    for (const auto& a : after.allowed) new_ones.emplace(a.ToString(), &a);
    for (const auto& [text, allowed] : old_ones) {
      if (new_ones.contains(text)) continue;
      Add(Kind::kRelationSubjectRemoved, Reflect(definition, after))
          .changed_subject = Reflect(*allowed);
    }
    for (const auto& [text, allowed] : new_ones) {
      if (old_ones.contains(text)) continue;
      Add(Kind::kRelationSubjectAdded, Reflect(definition, after))
          .changed_subject = Reflect(*allowed);
    }
  }

  void ComparePermissions(const Definition& definition,
                          const Permission* before, const Permission* after) {
    if (after == nullptr) {
      Add(Kind::kPermissionRemoved, Reflect(definition, *before));
      return;
    }
    if (before == nullptr) {
      Add(Kind::kPermissionAdded, Reflect(definition, *after));
      return;
    }
    if (before->doc != after->doc) {
      Add(Kind::kPermissionCommentChanged, Reflect(definition, *after));
    }
    std::string old_text = ToText(before->expression);
    if (old_text != ToText(after->expression)) {
      Add(Kind::kPermissionExpressionChanged, Reflect(definition, *after))
          .previous = std::move(old_text);
    }
  }

  void CompareCaveats(const Caveat* before, const Caveat* after) {
    if (after == nullptr) {
      Add(Kind::kCaveatRemoved, Reflect(*before));
      return;
    }
    if (before == nullptr) {
      Add(Kind::kCaveatAdded, Reflect(*after));
      return;
    }
    if (before->doc != after->doc) {
      Add(Kind::kCaveatCommentChanged, Reflect(*after));
    }
    ForEachName(
        before->parameters, after->parameters,
        [&](const CaveatParameter* old_one, const CaveatParameter* new_one) {
          CompareParameters(*after, old_one, new_one);
        });
    if (before->expression != after->expression) {
      Add(Kind::kCaveatExpressionChanged, Reflect(*after)).previous =
          before->expression;
    }
  }

  void CompareParameters(const Caveat& caveat, const CaveatParameter* before,
                         const CaveatParameter* after) {
    const CaveatParameter& any = after == nullptr ? *before : *after;
    ReflectedParameter reflected{caveat.name, any.name, any.type};
    if (after == nullptr) {
      Add(Kind::kCaveatParameterRemoved, std::move(reflected));
    } else if (before == nullptr) {
      Add(Kind::kCaveatParameterAdded, std::move(reflected));
    } else if (before->type != after->type) {
      Add(Kind::kCaveatParameterTypeChanged, std::move(reflected)).previous =
          before->type;
    }
  }

  std::vector<SchemaDifference> differences_;
};

}  // namespace

std::vector<SchemaDifference> Difference(const Schema& older,
                                         const Schema& newer) {
  return Comparison().Compare(older, newer);
}

}  // namespace kith::schema
