#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kith/database.h"
#include "tools/kith/validation/validation_file.h"

namespace kith::tool {

// "yes", "conditional", "no".
std::string_view PermissionshipName(Permissionship permissionship);
// The same, with the context that is missing.
std::string DescribeAnswer(const CheckAnswer& answer);

// One difference between the subjects a relation has and those it should have.
struct SubjectMismatch {
  int line = 0;
  std::string subject;
  std::string expected;
  std::string actual;
};

// Finds the subjects of `relation` and compares them with those it lists.
//
// Candidates are the subjects on the leaves of its expansion, followed through
// subject sets; a check decides about each. A wildcard is asked for with an id
// that occurs nowhere. A subject that a listed wildcard covers may be listed
// itself but need not be.
std::vector<SubjectMismatch> CompareSubjects(
    Database& db,
    const std::vector<ValidationFile::LocatedRelationship>& relationships,
    const ValidationFile::ExpectedRelation& relation);

}  // namespace kith::tool
