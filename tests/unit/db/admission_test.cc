#include "db/admission.h"

#include <string>
#include <vector>

#include "caveat/caveat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kith/errors.h"

namespace kith::db {
namespace {

using schema::AllowedSubject;

AllowedSubject Allow(std::string type, std::string relation, bool wildcard,
                     std::string caveat, bool expiration) {
  AllowedSubject allowed;
  allowed.type = std::move(type);
  allowed.relation = std::move(relation);
  allowed.wildcard = wildcard;
  allowed.caveat = std::move(caveat);
  allowed.expiration = expiration;
  return allowed;
}

// Relations of `document`, each of which allows one combination, and one that
// allows none; the caveat on_day(day, today).
std::vector<AllowedSubject> Combinations() {
  std::vector<AllowedSubject> all;
  for (const bool wildcard : {false, true}) {
    for (const char* caveat : {"", "on_day", "at_hour"}) {
      for (const bool expiration : {false, true}) {
        all.push_back(Allow("user", "", wildcard, caveat, expiration));
        if (!wildcard) {
          all.push_back(Allow("team", "member", false, caveat, expiration));
          all.push_back(Allow("team", "", false, caveat, expiration));
        }
      }
    }
  }
  return all;
}

schema::Caveat MakeCaveat(std::string name,
                          std::vector<schema::CaveatParameter> parameters,
                          std::string expression) {
  std::vector<caveat::Parameter> compiled;
  for (const auto& p : parameters) compiled.push_back({p.name, p.type});
  schema::Caveat caveat;
  caveat.compiled = *caveat::CompileCaveat(name, compiled, expression);
  caveat.name = std::move(name);
  caveat.parameters = std::move(parameters);
  caveat.expression = std::move(expression);
  return caveat;
}

schema::Schema MakeSchema() {
  std::vector<schema::Definition> definitions(3);
  definitions[0].name = "user";
  definitions[1].name = "team";
  definitions[1].relations.emplace_back().name = "member";
  definitions[2].name = "document";
  const auto combinations = Combinations();
  for (size_t i = 0; i < combinations.size(); ++i) {
    auto& relation = definitions[2].relations.emplace_back();
    relation.name = "rel" + std::to_string(i);
    relation.allowed = {combinations[i]};
  }
  std::vector<schema::Caveat> caveats = {
      MakeCaveat("on_day", {{"day", "string"}, {"today", "string"}},
                 "day == today"),
      MakeCaveat("at_hour", {{"hour", "int"}}, "hour == 1")};
  return schema::Schema({}, std::move(definitions), std::move(caveats));
}

Relationship Using(const AllowedSubject& combination, std::string relation) {
  Relationship relationship;
  relationship.resource = ObjectRef("document", "one");
  relationship.relation = std::move(relation);
  relationship.subject =
      SubjectRef(ObjectRef(combination.type, combination.wildcard ? "*" : "s1"),
                 combination.relation);
  if (!combination.caveat.empty()) {
    relationship.caveat = CaveatRef{combination.caveat, {}};
  }
  if (combination.expiration) {
    relationship.expires_at = absl::FromUnixSeconds(4'000'000'000);
  }
  return relationship;
}

ErrorReason ReasonOf(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info ? info->reason : ErrorReason::kUnspecified;
}

TEST(AdmissionTest, ARelationAllowsExactlyItsCombinationAndNoOther) {
  const schema::Schema schema = MakeSchema();
  const auto combinations = Combinations();
  for (size_t i = 0; i < combinations.size(); ++i) {
    for (size_t j = 0; j < combinations.size(); ++j) {
      const Relationship relationship =
          Using(combinations[j], "rel" + std::to_string(i));
      const absl::Status status = CheckAdmission(schema, Touch(relationship));
      EXPECT_EQ(status.ok(), i == j) << relationship.ToString();
      if (i != j) {
        EXPECT_EQ(ReasonOf(status), ErrorReason::kInvalidSubjectType);
      }
      EXPECT_TRUE(CheckAdmission(schema, Delete(relationship)).ok());
    }
  }
}

TEST(AdmissionTest, ContextFitsTheParametersOfItsCaveat) {
  const schema::Schema schema = MakeSchema();
  const auto combinations = Combinations();
  size_t at = 0;
  while (combinations[at].caveat != "on_day") ++at;
  Relationship relationship =
      Using(combinations[at], "rel" + std::to_string(at));
  relationship.caveat->context["day"] = Value{std::string("monday")};
  EXPECT_TRUE(CheckAdmission(schema, Create(relationship)).ok());
  relationship.caveat->context["hour"] = Value{1.0};
  const absl::Status status = CheckAdmission(schema, Create(relationship));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), ErrorReason::kCaveatParameterTypeError);
  EXPECT_EQ(GetErrorInfo(status)->metadata["parameter_name"], "hour");
  EXPECT_EQ(GetErrorInfo(status)->metadata["caveat_name"], "on_day");
  relationship.caveat->context = {{"today", Value{1.0}}};
  const absl::Status typed = CheckAdmission(schema, Create(relationship));
  EXPECT_EQ(typed.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(typed), ErrorReason::kCaveatParameterTypeError);
  EXPECT_EQ(GetErrorInfo(typed)->metadata["parameter_name"], "today");
  // What is deleted need not fit.
  EXPECT_TRUE(CheckAdmission(schema, Delete(relationship)).ok());
}

TEST(AdmissionTest, ALongListOfAllowedTypesIsNoTroubleToSuggestFrom) {
  std::vector<schema::Definition> definitions(2);
  definitions[0].name = "usr";
  definitions[1].name = "document";
  auto& relation = definitions[1].relations.emplace_back();
  relation.name = "owner";
  relation.allowed = {Allow("user", "", false, "", false)};
  for (int i = 0; i < 5000; ++i) {
    relation.allowed.push_back(
        Allow("type" + std::to_string(i), "", false, "", false));
  }
  const schema::Schema schema({}, std::move(definitions), {});
  const absl::Status status =
      CheckAdmission(schema, Touch("document:one#owner@usr:anne"));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("did you mean \"user\"?"));
}

}  // namespace
}  // namespace kith::db
