#include "schema/changes.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/symbols.h"
#include "schema/diagnostic.h"

namespace kith::schema {
namespace {

using Operation = Removal::Operation;

RelationshipFilter OnRelation(std::string_view type,
                              std::string_view relation) {
  RelationshipFilter filter;
  filter.resource_type = type;
  filter.relation = relation;
  return filter;
}

Removal UsedAsSubject(std::string_view type, std::string_view relation) {
  Removal removal{Operation::kDeleteRelationUsedAsSubject};
  removal.filter.subject =
      SubjectFilter{std::string(type), {}, std::string(relation)};
  return removal;
}

Removal RemovedSubject(std::string_view type, const Relation& relation,
                       const AllowedSubject& allowed) {
  Removal removal{Operation::kRemoveAllowedSubject};
  removal.filter = OnRelation(type, relation.name);
  removal.filter.subject = SubjectFilter{
      allowed.type, std::string(allowed.wildcard ? "*" : ""), allowed.relation};
  removal.allowed = allowed;
  return removal;
}

// What `before` allows and `after` does not, each exact combination by itself.
void CompareSubjects(std::string_view type, const Relation& before,
                     const Relation& after, std::vector<Removal>* removals) {
  absl::flat_hash_set<std::string> still;
  for (const AllowedSubject& allowed : after.allowed) {
    still.insert(allowed.ToString());
  }
  for (const AllowedSubject& allowed : before.allowed) {
    if (!still.contains(allowed.ToString())) {
      removals->push_back(RemovedSubject(type, before, allowed));
    }
  }
}

void CompareDefinitions(const Definition& before, const Symbols::Type& after,
                        std::vector<Removal>* removals) {
  for (const Relation& relation : before.relations) {
    const Symbols::Member* member = after.Find(relation.name);
    if (member != nullptr && member->relation != nullptr) {
      CompareSubjects(before.name, relation, *member->relation, removals);
      continue;
    }
    // Relationships need a relation; a permission of the same name will not
    // do, though it can still be named as a subject.
    removals->push_back(
        {Operation::kDeleteRelation, OnRelation(before.name, relation.name)});
    if (member == nullptr) {
      removals->push_back(UsedAsSubject(before.name, relation.name));
    }
  }
  for (const Permission& permission : before.permissions) {
    // Nothing is stored under a permission, but it may be a stored subject.
    if (after.Find(permission.name) == nullptr) {
      removals->push_back(UsedAsSubject(before.name, permission.name));
    }
  }
}

void CompareCaveats(const Caveat& before, const Caveat& after,
                    std::vector<Removal>* removals) {
  absl::flat_hash_map<std::string_view, std::string_view> types;
  for (const CaveatParameter& parameter : after.parameters) {
    types.emplace(parameter.name, parameter.type);
  }
  for (const CaveatParameter& parameter : before.parameters) {
    const auto it = types.find(parameter.name);
    if (it != types.end() && it->second == parameter.type) continue;
    Removal removal{it == types.end() ? Operation::kRemoveCaveatParameter
                                      : Operation::kChangeCaveatParameterType};
    removal.caveat = before.name;
    removal.parameter = parameter.name;
    removals->push_back(std::move(removal));
  }
}

// What is taken away, for the message.
std::string Describe(const Removal& removal) {
  const RelationshipFilter& filter = removal.filter;
  switch (removal.operation) {
    case Operation::kDeleteDefinition:
      return "cannot delete definition " + Quoted(filter.resource_type);
    case Operation::kDeleteRelation:
      return fmt::format("cannot delete relation {} of definition {}",
                         Quoted(filter.relation), Quoted(filter.resource_type));
    case Operation::kDeleteRelationUsedAsSubject:
      return fmt::format(
          "cannot delete {} of definition {}, which is in use "
          "as a subject",
          Quoted(*filter.subject->relation), Quoted(filter.subject->type));
    case Operation::kRemoveAllowedSubject:
      return fmt::format(
          "cannot remove allowed subject {} from relation {} "
          "of definition {}",
          Quoted(removal.allowed.ToString()), Quoted(filter.relation),
          Quoted(filter.resource_type));
    case Operation::kRemoveCaveatParameter:
      return fmt::format(
          "cannot remove parameter {} of caveat {}: expected "
          "the parameters of an existing caveat to stay",
          Quoted(removal.parameter), Quoted(removal.caveat));
    case Operation::kChangeCaveatParameterType:
      return fmt::format(
          "cannot change the type of parameter {} of caveat "
          "{}: expected the parameters of an existing caveat "
          "to stay",
          Quoted(removal.parameter), Quoted(removal.caveat));
  }
  return {};
}

ErrorInfo InfoOf(const Removal& removal, std::string_view example) {
  ErrorInfo info;
  info.reason = ErrorReason::kSchemaTypeError;
  const auto add = [&info](std::string_view key, std::string_view value) {
    if (!value.empty()) info.metadata.emplace(key, value);
  };
  add("operation", OperationName(removal.operation));
  if (removal.operation == Operation::kDeleteRelationUsedAsSubject) {
    add("resource_type", removal.filter.subject->type);
    add("relation", *removal.filter.subject->relation);
  } else {
    add("resource_type", removal.filter.resource_type);
    add("relation", removal.filter.relation);
  }
  if (removal.operation == Operation::kRemoveAllowedSubject) {
    add("allowed_type", removal.allowed.ToString());
    add("caveat_name", removal.allowed.caveat);
  }
  add("caveat_name", removal.caveat);
  add("parameter_name", removal.parameter);
  add("relationship", example);
  return info;
}

}  // namespace

std::string_view OperationName(Removal::Operation operation) {
  switch (operation) {
    case Operation::kDeleteDefinition:
      return "delete_object_definition";
    case Operation::kDeleteRelation:
      return "delete_relation";
    case Operation::kDeleteRelationUsedAsSubject:
      return "delete_relation_reverse_check";
    case Operation::kRemoveAllowedSubject:
      return "remove_allowed_type";
    case Operation::kRemoveCaveatParameter:
      return "remove_parameter";
    case Operation::kChangeCaveatParameterType:
      return "change_parameter_type";
  }
  return {};
}

std::vector<Removal> RemovalsBetween(const Schema& before,
                                     const Schema& after) {
  std::vector<Removal> removals;
  const Symbols symbols(after);
  for (const Caveat& caveat : before.caveats()) {
    const Caveat* now = symbols.FindCaveat(caveat.name);
    if (now != nullptr) CompareCaveats(caveat, *now, &removals);
  }
  for (const Definition& definition : before.definitions()) {
    const Symbols::Type* now = symbols.FindType(definition.name);
    if (now != nullptr) {
      CompareDefinitions(definition, *now, &removals);
      continue;
    }
    // Where its objects are subjects, the relation that allowed them has lost
    // an allowed subject or is gone itself.
    removals.push_back(
        {Operation::kDeleteDefinition, OnRelation(definition.name, {})});
  }
  return removals;
}

absl::Status RemovalError(const Removal& removal, std::string_view example) {
  std::string message = Describe(removal);
  if (!example.empty()) {
    message += fmt::format(": expected no relationship that needs it, found {}",
                           example);
  }
  return MakeError(absl::StatusCode::kInvalidArgument, message,
                   InfoOf(removal, example));
}

}  // namespace kith::schema
