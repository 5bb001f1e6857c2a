#include "tools/kith/schema_parts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kith::tool {
namespace {

ReflectedSubject FromProto(const v1::ReflectionTypeReference& proto) {
  return {.type = proto.subject_definition_name(),
          .relation = proto.optional_relation_name(),
          .wildcard = proto.is_public_wildcard(),
          .caveat = proto.optional_caveat_name(),
          .expiration = false};
}

// Each line of a comment behind `indent`.
void AppendComment(const std::string& comment, std::string_view indent,
                   std::string* out) {
  if (comment.empty()) return;
  *out += indent;
  for (const char c : comment) {
    *out += c;
    if (c == '\n') *out += indent;
  }
  *out += '\n';
}

std::string TextOf(const ReflectedRelation& relation) {
  std::string text = "relation " + relation.name + ":";
  std::string_view separator = " ";
  for (const ReflectedSubject& subject : relation.subjects) {
    text += separator;
    text += subject.ToString();
    separator = " | ";
  }
  return text;
}

std::string TextOf(const ReflectedPermission& permission) {
  return "permission " + permission.name +
         (permission.expression.empty() ? "" : " = " + permission.expression);
}

// Absent parts are left out.
void Put(Json* json, const char* key, const std::string& value) {
  if (!value.empty()) (*json)[key] = value;
}

Json JsonOf(const ReflectedSubject& subject) {
  Json json = {{"type", subject.type}};
  Put(&json, "relation", subject.relation);
  if (subject.wildcard) json["wildcard"] = true;
  Put(&json, "caveat", subject.caveat);
  if (subject.expiration) json["expiration"] = true;
  return json;
}

Json JsonOf(const ReflectedRelation& relation) {
  Json json = {{"definition", relation.definition}, {"name", relation.name}};
  Put(&json, "comment", relation.comment);
  json["subjects"] = Json::array();
  for (const auto& subject : relation.subjects) {
    json["subjects"].push_back(JsonOf(subject));
  }
  return json;
}

Json JsonOf(const ReflectedPermission& permission) {
  Json json = {{"definition", permission.definition},
               {"name", permission.name}};
  Put(&json, "comment", permission.comment);
  Put(&json, "expression", permission.expression);
  return json;
}

Json JsonOf(const ReflectedParameter& parameter) {
  return {{"caveat", parameter.caveat},
          {"name", parameter.name},
          {"type", parameter.type}};
}

}  // namespace

ReflectedDefinition FromProto(const v1::ReflectionDefinition& proto) {
  ReflectedDefinition definition;
  definition.name = proto.name();
  definition.comment = proto.comment();
  for (const auto& relation : proto.relations()) {
    auto& made = definition.relations.emplace_back();
    made.definition = relation.parent_definition_name();
    made.name = relation.name();
    made.comment = relation.comment();
    for (const auto& subject : relation.subject_types()) {
      made.subjects.push_back(FromProto(subject));
    }
  }
  for (const auto& permission : proto.permissions()) {
    definition.permissions.push_back({permission.parent_definition_name(),
                                      permission.name(), permission.comment(),
                                      ""});
  }
  return definition;
}

ReflectedCaveat FromProto(const v1::ReflectionCaveat& proto) {
  ReflectedCaveat caveat;
  caveat.name = proto.name();
  caveat.comment = proto.comment();
  for (const auto& parameter : proto.parameters()) {
    caveat.parameters.push_back(
        {parameter.parent_caveat_name(), parameter.name(), parameter.type()});
  }
  caveat.expression = proto.expression();
  return caveat;
}

std::string DescribeDefinition(const ReflectedDefinition& definition) {
  std::string text;
  AppendComment(definition.comment, "", &text);
  text += "definition " + definition.name + " {";
  if (definition.relations.empty() && definition.permissions.empty()) {
    return text + "}";
  }
  text += '\n';
  for (const ReflectedRelation& relation : definition.relations) {
    AppendComment(relation.comment, "\t", &text);
    text += "\t" + TextOf(relation) + "\n";
  }
  for (const ReflectedPermission& permission : definition.permissions) {
    AppendComment(permission.comment, "\t", &text);
    text += "\t" + TextOf(permission) + "\n";
  }
  return text + "}";
}

std::string DescribeCaveat(const ReflectedCaveat& caveat) {
  std::string text;
  AppendComment(caveat.comment, "", &text);
  std::string parameters;
  for (const ReflectedParameter& parameter : caveat.parameters) {
    if (!parameters.empty()) parameters += ", ";
    parameters += parameter.name + " " + parameter.type;
  }
  return text + fmt::format("caveat {}({}) {{\n\t{}\n}}", caveat.name,
                            parameters, caveat.expression);
}

Json JsonOf(const ReflectedDefinition& definition) {
  Json json = {{"definition", definition.name}};
  Put(&json, "comment", definition.comment);
  json["relations"] = Json::array();
  for (const auto& relation : definition.relations) {
    json["relations"].push_back(JsonOf(relation));
  }
  json["permissions"] = Json::array();
  for (const auto& permission : definition.permissions) {
    json["permissions"].push_back(JsonOf(permission));
  }
  return json;
}

Json JsonOf(const ReflectedCaveat& caveat) {
  Json json = {{"caveat", caveat.name}};
  Put(&json, "comment", caveat.comment);
  json["parameters"] = Json::array();
  for (const auto& parameter : caveat.parameters) {
    json["parameters"].push_back(JsonOf(parameter));
  }
  json["expression"] = caveat.expression;
  return json;
}

Json JsonOf(const SchemaDifference& difference) {
  Json json = {{"kind", difference.KindName()}};
  json["of"] = std::visit([](const auto& part) { return JsonOf(part); },
                          difference.subject);
  if (!difference.changed_subject.type.empty()) {
    json["subject"] = JsonOf(difference.changed_subject);
  }
  Put(&json, "previous", difference.previous);
  return json;
}

}  // namespace kith::tool
