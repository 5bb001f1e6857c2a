#include "schema/schema.h"

#include <algorithm>
#include <utility>

namespace kith::schema {
namespace {

template <typename T>
const T* Find(const std::vector<T>& items, std::string_view name) {
  const auto it = std::find_if(items.begin(), items.end(), [&](const T& item) {
    return item.name == name;
  });
  return it == items.end() ? nullptr : &*it;
}

}  // namespace

std::string AllowedSubject::ToString() const {
  std::string out = type;
  if (wildcard) {
    out += ":*";
  } else if (!relation.empty()) {
    out += "#" + relation;
  }
  if (!caveat.empty()) out += " with " + caveat;
  if (expiration)
    out += caveat.empty() ? " with expiration" : " and expiration";
  return out;
}

const Relation* Definition::FindRelation(std::string_view relation) const {
  return Find(relations, relation);
}

const Permission* Definition::FindPermission(
    std::string_view permission) const {
  return Find(permissions, permission);
}

Schema::Schema(std::vector<std::string> uses,
               std::vector<Definition> definitions, std::vector<Caveat> caveats)
    : uses_(std::move(uses)),
      definitions_(std::move(definitions)),
      caveats_(std::move(caveats)) {
  std::sort(uses_.begin(), uses_.end());
  uses_.erase(std::unique(uses_.begin(), uses_.end()), uses_.end());
  definition_index_.reserve(definitions_.size());
  for (size_t i = 0; i < definitions_.size(); ++i) {
    definition_index_.emplace(definitions_[i].name, i);
  }
}

const Definition* Schema::FindDefinition(std::string_view name) const {
  const auto it = definition_index_.find(name);
  return it == definition_index_.end() ? nullptr : &definitions_[it->second];
}

const Caveat* Schema::FindCaveat(std::string_view name) const {
  return Find(caveats_, name);
}

}  // namespace kith::schema
