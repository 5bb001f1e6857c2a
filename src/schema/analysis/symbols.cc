#include "schema/analysis/symbols.h"

#include <algorithm>

namespace kith::schema {
namespace {

template <typename T>
void AppendNames(const std::vector<T>& items,
                 std::vector<std::string_view>* names) {
  for (const T& item : items) names->push_back(item.name);
}

}  // namespace

const Symbols::Member* Symbols::Type::Find(std::string_view name) const {
  const auto it = members.find(name);
  return it == members.end() ? nullptr : &it->second;
}

std::vector<std::string_view> Symbols::Type::MemberNames() const {
  std::vector<std::string_view> names = RelationNames();
  AppendNames(definition->permissions, &names);
  return names;
}

std::vector<std::string_view> Symbols::Type::RelationNames() const {
  std::vector<std::string_view> names;
  AppendNames(definition->relations, &names);
  return names;
}

Symbols::Symbols(const Schema& schema) : schema_(schema) {
  types_.reserve(schema.definitions().size());
  for (const Definition& definition : schema.definitions()) {
    Type& type = types_[definition.name];
    type.definition = &definition;
    for (const Relation& relation : definition.relations) {
      type.members[relation.name].relation = &relation;
    }
    for (const Permission& permission : definition.permissions) {
      type.members[permission.name].permission = &permission;
    }
  }
  for (const Caveat& caveat : schema.caveats()) {
    caveats_[caveat.name] = &caveat;
  }
}

bool Symbols::Uses(std::string_view flag) const {
  const std::vector<std::string>& uses = schema_.uses();
  return std::find(uses.begin(), uses.end(), flag) != uses.end();
}

const Symbols::Type* Symbols::FindType(std::string_view name) const {
  const auto it = types_.find(name);
  return it == types_.end() ? nullptr : &it->second;
}

const Caveat* Symbols::FindCaveat(std::string_view name) const {
  const auto it = caveats_.find(name);
  return it == caveats_.end() ? nullptr : it->second;
}

std::vector<std::string_view> Symbols::TypeNames() const {
  std::vector<std::string_view> names;
  AppendNames(schema_.definitions(), &names);
  return names;
}

std::vector<std::string_view> Symbols::CaveatNames() const {
  std::vector<std::string_view> names;
  AppendNames(schema_.caveats(), &names);
  return names;
}

}  // namespace kith::schema
