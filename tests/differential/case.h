#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "differential/endpoint.h"
#include "differential/world.h"

namespace kith::differential {

enum class Api {
  kSchema,  // writing the world itself
  kCheck,
  kBulk,
  kResources,
  kSubjects,
  kExpand,
  kRead,
};
inline constexpr Api kApis[] = {Api::kSchema,    Api::kCheck,    Api::kBulk,
                                Api::kResources, Api::kSubjects, Api::kExpand,
                                Api::kRead};
std::string_view ApiName(Api api);

// One thing to ask both servers.
struct Case {
  Api api = Api::kCheck;
  property::Question question;  // all but kSchema and kRead
  RelationshipFilter filter;    // kRead
  std::string ToString() const;
};

// Replaces everything that the server has. The error of the first call that is
// refused.
Reply Load(const World& world, Endpoint* endpoint);

Reply Ask(const Case& one, Endpoint* endpoint);

// What a lookup of subjects says of one id, whatever form it gave it.
std::string SaidOf(const Reply& subjects, const std::string& id);

// Both errors of one code, and of one reason where both give one, or the same
// values. Names of missing parameters are compared where `names` says so.
bool Agree(const Case& one, const Reply& ours, const Reply& theirs, bool names);

}  // namespace kith::differential
