#include "acceptance/suite.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "model/rfc3339.h"
#include "model/value_json.h"

namespace kith::acceptance {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Permissionship PermissionshipOf(const std::string& word) {
  if (word == "HAS") return Permissionship::kHasPermission;
  if (word == "COND") return Permissionship::kConditional;
  if (word == "NO") return Permissionship::kNoPermission;
  throw std::runtime_error("no such expectation: " + word);
}

Struct ContextOf(const Json& row) {
  return StructFromJson(row.at("context").dump()).value();
}

std::vector<Question> QuestionsOf(const Json& rows) {
  std::vector<Question> questions;
  for (const Json& row : rows) {
    questions.push_back(
        {row.at("q"), ContextOf(row), PermissionshipOf(row.at("expect"))});
  }
  return questions;
}

Lookup LookupOf(const Json& row) {
  Lookup lookup;
  const bool resources = row.at("kind") == "resources";
  lookup.kind = resources ? Lookup::Kind::kResources : Lookup::Kind::kSubjects;
  lookup.type = row.at("type");
  lookup.permission = row.at("permission");
  lookup.given = row.at(resources ? "subject" : "resource");
  lookup.context = ContextOf(row);
  lookup.expected = row.at("expect").get<Texts>();
  std::sort(lookup.expected.begin(), lookup.expected.end());
  return lookup;
}

Scenario ScenarioOf(const Json& row) {
  Scenario scenario;
  scenario.id = row.at("id");
  scenario.title = row.at("title");
  scenario.writes = row.at("write").get<Texts>();
  scenario.deletes = row.at("delete").get<Texts>();
  scenario.checks = QuestionsOf(row.at("checks"));
  for (const Json& lookup : row.at("lookups")) {
    scenario.lookups.push_back(LookupOf(lookup));
  }
  scenario.decisions = row.at("decide").size();
  scenario.wait = absl::Seconds(row.at("wait_s").get<double>());
  scenario.checks_after = QuestionsOf(row.at("after"));
  return scenario;
}

}  // namespace

Suite LoadSuite(const std::string& folder) {
  const Json json = Json::parse(ReadText(folder + "/scenarios.json"));
  Suite suite;
  suite.schema = ReadText(folder + "/" + json.at("schema").get<std::string>());
  suite.fixture = json.at("fixture").get<Texts>();
  for (const Json& row : json.at("scenarios")) {
    suite.scenarios.push_back(ScenarioOf(row));
  }
  return suite;
}

std::string WithAbsoluteExpiry(const std::string& text, absl::Time now) {
  const std::string mark = "[expiration:+";
  const size_t at = text.find(mark);
  if (at == std::string::npos) return text;
  const size_t begin = at + mark.size();
  const size_t end = text.find(']', begin);
  absl::Duration after;
  if (!absl::ParseDuration(text.substr(begin, end - begin), &after)) {
    throw std::runtime_error("no such expiry: " + text);
  }
  return text.substr(0, begin - 1) + ToRfc3339(now + after) + text.substr(end);
}

}  // namespace kith::acceptance
