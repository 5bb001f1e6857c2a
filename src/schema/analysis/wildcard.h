#pragma once

#include <algorithm>

#include "schema/schema.h"

namespace kith::schema {

inline bool HasWildcard(const Relation& relation) {
  return std::any_of(relation.allowed.begin(), relation.allowed.end(),
                     [](const AllowedSubject& a) { return a.wildcard; });
}

}  // namespace kith::schema
