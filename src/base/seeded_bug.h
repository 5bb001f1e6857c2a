#pragma once

// Bugs that are put in on purpose, each like one that a database of this kind
// has had, to prove that the tests find such bugs (tests/seeded). A build with
// -DKITH_SEEDED_BUGS=ON has the one that the environment variable
// KITH_SEEDED_BUG names, by the name beside it here. Every other build has
// none: the question is answered when it is compiled, and leaves no code.
//
// Where it is asked, the wrong way stands beside the right one in a line or
// two. Only .cc files include this.

namespace kith {

enum class SeededBug {
  // A wildcard on the right of an exclusion bans no one.
  kSubtractedWildcardIgnored,  // subtracted-wildcard-ignored
  // A lookup forgets that its wildcard excludes someone.
  kExcludedSubjectListed,  // excluded-subject-listed
  // Of two paths to an object the conditional one that comes second is lost.
  kFirstPathAlone,  // first-path-alone
  // A walk that was at an object by one operation does not go on by another.
  kVisitedObjectAlone,  // visited-object-alone
  // What is subtracted is not completed: one relationship of many is followed.
  kSubtractedSideCutShort,  // subtracted-side-cut-short
  // A search that ended early leaves its half-known values as final.
  kProvisionalValueKept,  // provisional-value-kept
  // A caveat that fails is a "no".
  kCaveatErrorIsNo,  // caveat-error-is-no
  // The context of the request overrides the one that was written.
  kRequestContextWins,  // request-context-wins
  // Items of a bulk check with different contexts share answers.
  kBulkSharesContexts,  // bulk-shares-contexts
  // Only one of the missing parameters is named.
  kMissingContextLost,  // missing-context-lost
  // An expired relationship still counts when subjects are looked up.
  kExpiryForgotten,  // expiry-forgotten
  // What the schema no longer allows still counts when resources are looked up.
  kNarrowedSchemaForgotten,  // narrowed-schema-forgotten
  // An old revision is read with the newest schema.
  kNewestSchemaAlways,  // newest-schema-always
  // A wildcard matches subjects with a relation.
  kWildcardMatchesSets,  // wildcard-matches-sets
  // `all` of no objects at all is a "yes".
  kAllOfNothing,  // all-of-nothing
  // Beyond the depth limit is a "no".
  kDepthIsNo,  // depth-is-no
  // A cursor goes on with any query.
  kCursorOfAnyQuery,  // cursor-of-any-query
  // A watch that resumes begins one commit late.
  kWatchResumesLate,  // watch-resumes-late
  // CREATE writes over what is there.
  kCreateOverwrites,  // create-overwrites
  // TOUCH with another caveat or expiry changes nothing.
  kTouchKeepsTheOld,  // touch-keeps-the-old
  // What the subject's side has not found yet counts as not there.
  kContainersCutShort,  // containers-cut-short
  // An answer under one schema is found under another.
  kCacheKeyLacksSchema,  // cache-key-lacks-schema
  // The answer for a subject set is that for its object.
  kCacheKeyLacksSubjectRelation,  // cache-key-lacks-subject-relation
  // Whatever has the hash of the key is what was looked for.
  kCacheComparesHashes,  // cache-compares-hashes
  // A remembered answer outlives the relationships that it rests on.
  kCacheForgetsExpiry,  // cache-forgets-expiry
  // An answer that hangs on a caveat is remembered for every context.
  kCacheSharesContexts,  // cache-shares-contexts
  // What ended in an error is remembered as a "no".
  kCacheKeepsErrors,  // cache-keeps-errors
  // An item of a bulk check depends on what it read itself, and not on what
  // earlier items had found for it.
  kCacheForgetsEarlierItems,  // cache-forgets-earlier-items
  // What was computed is said to have held ever before.
  kCacheValidFromTheStart,  // cache-valid-from-the-start
  // Of what an entry depends on, all but the first may change.
  kCacheVerifiesTheFirst,  // cache-verifies-the-first
  // The caches are told of a write after it can be read.
  kStampsAfterPublishing,  // stamps-after-publishing
  // The caches are not told of deletions.
  kDeletionsNotStamped,  // deletions-not-stamped
  // The caches are not told of imports.
  kImportsNotStamped,  // imports-not-stamped
};

#ifdef KITH_SEEDED_BUGS
bool IsSeeded(SeededBug bug);
#else
constexpr bool IsSeeded(SeededBug) { return false; }
#endif

}  // namespace kith
