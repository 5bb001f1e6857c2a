#include "base/seeded_bug.h"

#ifdef KITH_SEEDED_BUGS

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace kith {
namespace {

constexpr std::pair<std::string_view, SeededBug> kNames[] = {
    {"subtracted-wildcard-ignored", SeededBug::kSubtractedWildcardIgnored},
    {"excluded-subject-listed", SeededBug::kExcludedSubjectListed},
    {"first-path-alone", SeededBug::kFirstPathAlone},
    {"visited-object-alone", SeededBug::kVisitedObjectAlone},
    {"subtracted-side-cut-short", SeededBug::kSubtractedSideCutShort},
    {"provisional-value-kept", SeededBug::kProvisionalValueKept},
    {"caveat-error-is-no", SeededBug::kCaveatErrorIsNo},
    {"request-context-wins", SeededBug::kRequestContextWins},
    {"bulk-shares-contexts", SeededBug::kBulkSharesContexts},
    {"missing-context-lost", SeededBug::kMissingContextLost},
    {"expiry-forgotten", SeededBug::kExpiryForgotten},
    {"narrowed-schema-forgotten", SeededBug::kNarrowedSchemaForgotten},
    {"newest-schema-always", SeededBug::kNewestSchemaAlways},
    {"wildcard-matches-sets", SeededBug::kWildcardMatchesSets},
    {"all-of-nothing", SeededBug::kAllOfNothing},
    {"depth-is-no", SeededBug::kDepthIsNo},
    {"cursor-of-any-query", SeededBug::kCursorOfAnyQuery},
    {"watch-resumes-late", SeededBug::kWatchResumesLate},
    {"create-overwrites", SeededBug::kCreateOverwrites},
    {"touch-keeps-the-old", SeededBug::kTouchKeepsTheOld},
    {"containers-cut-short", SeededBug::kContainersCutShort},
    {"cache-key-lacks-schema", SeededBug::kCacheKeyLacksSchema},
    {"cache-key-lacks-subject-relation",
     SeededBug::kCacheKeyLacksSubjectRelation},
    {"cache-compares-hashes", SeededBug::kCacheComparesHashes},
    {"cache-forgets-expiry", SeededBug::kCacheForgetsExpiry},
    {"cache-shares-contexts", SeededBug::kCacheSharesContexts},
    {"cache-keeps-errors", SeededBug::kCacheKeepsErrors},
    {"cache-forgets-earlier-items", SeededBug::kCacheForgetsEarlierItems},
    {"cache-valid-from-the-start", SeededBug::kCacheValidFromTheStart},
    {"cache-verifies-the-first", SeededBug::kCacheVerifiesTheFirst},
    {"stamps-after-publishing", SeededBug::kStampsAfterPublishing},
    {"deletions-not-stamped", SeededBug::kDeletionsNotStamped},
    {"imports-not-stamped", SeededBug::kImportsNotStamped},
};

std::optional<SeededBug> FromEnvironment() {
  const char* const wanted = std::getenv("KITH_SEEDED_BUG");
  if (wanted == nullptr || *wanted == '\0') return std::nullopt;
  for (const auto& [name, bug] : kNames) {
    if (name == wanted) return bug;
  }
  std::fprintf(stderr, "KITH_SEEDED_BUG: there is no bug \"%s\"\n", wanted);
  std::abort();
}

}  // namespace

bool IsSeeded(SeededBug bug) {
  static const std::optional<SeededBug> seeded = FromEnvironment();
  return seeded == bug;
}

}  // namespace kith

#endif  // KITH_SEEDED_BUGS
