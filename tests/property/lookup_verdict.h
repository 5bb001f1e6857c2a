#pragma once

#include <optional>
#include <string>
#include <vector>

#include "property/verdict.h"

// Lookups are checks of everyone and everything: what LookupResources and
// LookupSubjects find must be what the solution says of each resource and of
// each subject, in the promised order, whatever the pages.

namespace kith::property {

// How a lookup is asked.
struct LookupPages {
  uint32_t limit = 0;  // of each page; 0: one call for all
  Consistency consistency;
};

// The resources of `question.atom`'s type, whose id is ignored, on which the
// subject has the permission. nullopt when they are right.
//
// An error must be one that the check of some resource may give, and where the
// check of some resource must be one, the lookup must be one too.
std::optional<std::string> ResourcesComplaint(
    Database* db, const Question& question, const Oracle& oracle,
    const Solution& solution, uint32_t max_depth, const LookupPages& pages);

// The subjects of the type and relation of `question.subject`, whose id is
// ignored, that have the permission: for each that is in a relationship or
// among `subjects`, and for one that nobody has heard of.
std::optional<std::string> SubjectsComplaint(
    Database* db, const Question& question, const Oracle& oracle,
    const std::vector<ObjectRef>& subjects, uint32_t max_depth,
    const LookupPages& pages);

}  // namespace kith::property
