#include <algorithm>

#include "workloads/conditions.h"
#include "workloads/deep.h"
#include "workloads/drive.h"
#include "workloads/nesting.h"
#include "workloads/reach.h"
#include "workloads/set_operations.h"
#include "workloads/wide.h"
#include "workloads/workload.h"

namespace kith::bench {
namespace {

auto DeepArrow(uint32_t depth) {
  return [depth](double scale, uint64_t seed) {
    return MakeDeepArrow(depth, scale, seed);
  };
}

auto NestedGroups(uint64_t groups) {
  return [groups](double scale, uint64_t seed) {
    return MakeNestedGroups(groups, scale, seed);
  };
}

auto Reaching(uint64_t results) {
  return [results](double scale, uint64_t seed) {
    return MakeReach(results, scale, seed);
  };
}

std::vector<Entry> MakeEntries() {
  using enum Operation;
  return {
      {"drive", "documents in folders, shared with users and nested groups",
       kCheck, 1, MakeDrive},
      {"drive-page", "100 documents of neighbouring folders for one user",
       kCheckBulk, 100, MakeDrive},
      {"wide-direct", "9,000 users on one relation", kCheck, 1, MakeWideDirect},
      {"wide-groups", "1,000 groups on one relation", kCheck, 1,
       MakeWideGroups},
      {"wide-arrow", "1,000 parents", kCheck, 1, MakeWideArrow},
      {"double-wide-arrow", "100 parents with 100 parents each", kCheck, 1,
       MakeDoubleWideArrow},
      {"deep-arrow-30", "a folder 30 deep", kCheck, 1, DeepArrow(30)},
      {"deep-arrow-300", "a folder 300 deep; needs a max_depth of 302", kCheck,
       1, DeepArrow(300)},
      {"intersections", "three conditions that must all hold", kCheck, 1,
       MakeIntersections},
      {"exclusions", "public documents less banned groups", kCheck, 1,
       MakeExclusions},
      {"caveats", "viewers under conditions; some context is missing", kCheck,
       1, MakeCaveats},
      {"deep-nesting", "a group of 1,000,000 members within twenty groups",
       kCheck, 1, MakeDeepNesting},
      {"nested-groups-10", "10 groups between document and user", kCheck, 1,
       NestedGroups(10)},
      {"nested-groups-100", "100 groups between document and user", kCheck, 1,
       NestedGroups(100)},
      {"nested-groups-1k", "1,000 groups between document and user", kCheck, 1,
       NestedGroups(1000)},
      {"nested-groups-10k", "10,000 groups between document and user", kCheck,
       1, NestedGroups(10'000)},
      {"lookup-resources-10", "10 documents of a user", kLookupResources, 1,
       Reaching(10)},
      {"lookup-resources-1k", "1,000 documents of a user", kLookupResources, 1,
       Reaching(1000)},
      {"lookup-resources-100k", "100,000 documents of a user", kLookupResources,
       1, Reaching(100'000)},
      {"lookup-subjects-10", "10 members of a group", kLookupSubjects, 1,
       Reaching(10)},
      {"lookup-subjects-1k", "1,000 members of a group", kLookupSubjects, 1,
       Reaching(1000)},
      {"lookup-subjects-100k", "100,000 members of a group", kLookupSubjects, 1,
       Reaching(100'000)},
      {"write-1", "one relationship of a drive", kWrite, 1, MakeDrive},
      {"write-100", "100 relationships of a drive", kWrite, 100, MakeDrive},
      {"import", "a whole drive, in random order", kImport, 1, MakeDrive},
  };
}

}  // namespace

const std::vector<Entry>& Entries() {
  static const auto& entries = *new std::vector<Entry>(MakeEntries());
  return entries;
}

const Entry* FindEntry(std::string_view name) {
  auto found = std::find_if(Entries().begin(), Entries().end(),
                            [&](const Entry& e) { return e.name == name; });
  return found == Entries().end() ? nullptr : &*found;
}

}  // namespace kith::bench
