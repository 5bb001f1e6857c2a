#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/bulk.h"
#include "kith/lookup_resources.h"
#include "kith/lookup_subjects.h"
#include "kith/schema_reads.h"
#include "kith/trace.h"
#include "kith/values.h"
#include "kith/watch.h"

namespace kith {

// How a database is opened. Limits are inclusive and hold for this process, not
// for the data: what is stored may be over a limit that was lowered since. A
// call over a limit is refused with an error that names it: INVALID_ARGUMENT
// unless another code is said here. Sizes are bytes. A limit must be positive,
// except those that say what 0 means; Open refuses other values.
struct Options {
  // The directory that holds the database. Required unless `in_memory`.
  std::string path;
  // Keep everything in memory and lose it on close; `path` is ignored.
  bool in_memory = false;
  // Create the directory's database when there is none; otherwise NOT_FOUND.
  bool create_if_missing = true;
  // How long old revisions stay readable. At least one second.
  absl::Duration gc_window = absl::Hours(24);
  // How often the horizon is moved and superseded history dropped.
  absl::Duration gc_interval = absl::Minutes(3);
  // RocksDB's cache of stored blocks, shared by all data. More of it saves
  // reads from disk, and nothing else.
  uint64_t block_cache_bytes = 512ull << 20;
  // Memory for stored relationships and for answers of checks, each kept as
  // long as it is known to be what a reading of the newest revision would give;
  // so more of it saves work, and nothing else. 0: none is kept.
  uint64_t row_cache_bytes = 256ull << 20;
  uint64_t result_cache_bytes = 64ull << 20;
  // Slots, 8 bytes each, of the table that tells the two caches what changed;
  // rounded up to a power of two, at most 2^28. Fewer of them make caches read
  // again more often.
  uint64_t change_stripes = 1ull << 22;
  // Memory for what lookups with a limit found on their way to an answer, kept
  // for its next pages. 0: none is kept, and each page finds it anew.
  uint64_t lookup_cache_bytes = 32ull << 20;
  // One of so many checks is answered a second time without the caches. Should
  // the answers differ, the second is given and the caches are not used any
  // more (DatabaseStats::caches_given_up). 0: none is.
  uint64_t shadow_check_interval = 10'000;
  // Bits of the caches' hashes. For tests: few make keys collide.
  uint32_t cache_hash_bits = 64;

  // Hops from object to object that a check may follow, and steps down an
  // expanded tree; beyond it FAILED_PRECONDITION, never a silent "no".
  uint32_t max_depth = 50;
  // When a check has read so many relationships of groups and whatever else is
  // nothing but reach, the subject is looked for in them from its own side as
  // well, by turns, and the side that is done first decides. 0: never. It
  // changes what a check costs, and no answer; but it may find one where the
  // check alone would have met max_depth.
  uint32_t both_sides_after = 64;
  // Relationships one check may read; beyond it RESOURCE_EXHAUSTED.
  uint64_t max_check_edges = 1'000'000;
  // Nodes and subjects one expanded tree may have; beyond it
  // RESOURCE_EXHAUSTED.
  uint64_t max_expand_nodes = 100'000;
  // Steps in all traces of one call; beyond it RESOURCE_EXHAUSTED.
  uint64_t max_trace_steps = 10'000;
  // Relationships one LookupResources may read on its way from the subject to
  // the resources, and one LookupSubjects from the resource to the subjects;
  // beyond it RESOURCE_EXHAUSTED.
  uint64_t max_lookup_edges = 10'000'000;
  // Resources one LookupResources may find on that way and has to remember,
  // and subjects whose resources it leaves to be read when their turn comes;
  // beyond it RESOURCE_EXHAUSTED. Bounds its memory, about 200 bytes each.
  uint64_t max_lookup_candidates = 1'000'000;
  // Subjects in all the sets of groups and operations that one LookupSubjects
  // merges, and one for each set that goes into another; beyond it
  // RESOURCE_EXHAUSTED. Bounds its time and the sets' memory, 8 bytes each;
  // max_lookup_edges bounds the rest, some 60 bytes and the id each.
  uint64_t max_lookup_subjects = 20'000'000;
  // Largest LookupResourcesRequest::limit.
  uint32_t max_lookup_limit = 1000;
  // Updates in one Write.
  uint32_t max_updates_per_write = 1000;
  // Preconditions of one Write or DeleteByFilter; 0: none are allowed.
  uint32_t max_preconditions = 1000;
  // Largest ReadRequest::limit, and the page when that is 0.
  uint32_t max_read_limit = 1000;
  // Largest DeleteRequest::limit.
  uint32_t max_delete_limit = 1000;
  // Items of one CheckBulk.
  uint32_t max_bulk_checks = 10'000;
  // Transaction metadata, as JSON; 0: none is allowed.
  uint32_t max_metadata_bytes = 65'000;
  // Context of one check, as JSON; 0: none is allowed.
  uint32_t max_request_context_bytes = 4096;
  // Context written with one relationship, as JSON; 0: none is allowed.
  uint32_t max_relationship_context_bytes = 25'000;
  // Memory of the relationships gathered for one import; what is beyond goes
  // to temporary files of the database's directory. All imports together may
  // hold four times as much; beyond that RESOURCE_EXHAUSTED. The default is
  // about two million relationships.
  uint64_t max_import_bytes = 256ull << 20;
  // Those temporary files, of one import; beyond it RESOURCE_EXHAUSTED. 0:
  // none, as in memory, where max_import_bytes is then the limit.
  uint64_t max_import_file_bytes = 16ull << 30;
  // Largest ExportRequest::limit, and the page when that is 0.
  uint32_t max_export_limit = 10'000;
  // Counters registered at one time; beyond it RESOURCE_EXHAUSTED.
  uint32_t max_counters = 1000;
  // Text of a schema. The language has a limit of its own, 4 MiB, which a
  // greater value does not lift.
  uint32_t max_schema_bytes = 4u << 20;

  // Watches at one time; beyond it RESOURCE_EXHAUSTED.
  uint32_t max_watchers = 10'000;
  // A watcher that wants checkpoints gets one at least so often. Positive.
  absl::Duration watch_heartbeat = absl::Seconds(1);
  // Updates in one WatchEvent, as they are stored; a commit that has more comes
  // in several events. Bounds the memory of a watch.
  uint64_t max_watch_event_bytes = 512u << 10;

  // The wall clock; tests put their own. Absent: the system's.
  std::function<absl::Time()> now;
  // Told, in one line and on any thread, what an operator should look into:
  // that the caches are given up, and of which check. Must not block. Absent:
  // it is not told.
  std::function<void(std::string_view)> warn;
};

struct SchemaText {
  std::string text;  // in canonical format
  Token read_at;
};

struct WriteRequest {
  std::vector<Update> updates;  // each of another relationship
  std::vector<Precondition> preconditions;
  Struct metadata;  // handed to watchers of this commit; empty: none
};
struct WriteResult {
  // The revision of the write; of one that changed nothing, the newest.
  Token written_at;
};

struct DeleteRequest {
  RelationshipFilter filter;
  std::vector<Precondition> preconditions;
  uint32_t limit = 0;  // 0: no limit
  // With a limit: delete that many instead of refusing when more match.
  bool allow_partial = false;
  Struct metadata;  // as in WriteRequest
};
struct DeleteResult {
  Token deleted_at;      // as WriteResult::written_at
  uint64_t deleted = 0;  // relationships
  bool complete = true;  // false: the limit cut it and more may match
};

struct ReadRequest {
  RelationshipFilter filter;
  Consistency consistency;
  // Relationships in the page; 0: Options::max_read_limit.
  uint32_t limit = 0;
  // Of the last item seen; empty: from the start. Its revision wins over
  // `consistency`; the filter must be the same, the limit need not.
  std::string cursor;
};
struct ReadItem {
  Relationship relationship;
  std::string cursor;  // resumes after this item
};
struct ReadPage {
  std::vector<ReadItem> items;
  Token read_at;
  bool more = false;  // the filter may match beyond the last item
};

struct CheckRequest {
  ObjectRef resource;
  std::string permission;  // or a relation
  SubjectRef subject;      // not the wildcard
  Struct context;          // values for the parameters of caveats
  Consistency consistency;
  // Tell why. Costs all relationships in reach, without short cuts;
  // RESOURCE_EXHAUSTED beyond Options::max_trace_steps.
  bool with_trace = false;
  // Relationships this check may read, if fewer than Options::max_check_edges;
  // 0: no fewer. For a caller that rather gives up than takes long.
  uint64_t max_edges = 0;
};
struct CheckAnswer {
  Permissionship permissionship = Permissionship::kNoPermission;
  // For kConditional: caveat parameters that would decide it; sorted.
  std::vector<std::string> missing_context;
  std::shared_ptr<const CheckTrace> trace;  // if it was asked for
  bool has_permission() const {
    return permissionship == Permissionship::kHasPermission;
  }
};
struct CheckResult : CheckAnswer {
  Token checked_at;
};

// One question of a bulk check; its fields are those of CheckRequest.
struct CheckItem {
  ObjectRef resource;
  std::string permission;
  SubjectRef subject;
  Struct context;
};
struct BulkCheckRequest {
  std::vector<CheckItem> items;
  Consistency consistency;
  bool with_trace = false;  // as in CheckRequest, for each item
};
struct BulkCheckResult {
  // One for each item, in order; an item's own error does not fail the rest.
  std::vector<absl::StatusOr<CheckAnswer>> answers;
  Token checked_at;
};

// Why a permission holds, one level deep: set operations of the schema
// expanded, subject sets found in relations left as leaves.
struct ExpandTree {
  enum class Kind : uint8_t { kLeaf, kUnion, kIntersection, kExclusion };
  Kind kind = Kind::kLeaf;
  ObjectRef object;
  std::string relation;              // the relation or permission expanded
  std::vector<SubjectRef> subjects;  // of a leaf
  // Of an operation; of kExclusion the base, then what is taken away.
  std::vector<ExpandTree> children;
};
struct ExpandRequest {
  ObjectRef resource;
  std::string permission;  // or a relation
  Consistency consistency;
};
struct ExpandResult {
  ExpandTree tree;
  Token expanded_at;
};

// A cache since the database was opened. Of lookups, `hits` of hits + misses +
// stale found what they looked for. Counts may fall short a little when more
// than 32 threads call.
struct CacheStats {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t stale = 0;  // what was there might have changed, and was read again
  uint64_t inserts = 0;
  uint64_t refusals = 0;  // too large, or no room, or another thread's turn
  uint64_t evictions = 0;
  uint64_t bytes = 0;    // in use now
  uint64_t entries = 0;  // now
};

// Facts about an open database, for operators. Cheap.
struct DatabaseStats {
  uint64_t head_revision = 0;
  // Reads below this revision are refused: their history may be gone.
  uint64_t gc_horizon_revision = 0;
  uint64_t commits = 0;        // since open
  uint64_t commit_groups = 0;  // synced log writes since open
  uint64_t checks = 0;         // since open, bulk items included
  uint64_t watchers = 0;       // open now
  uint64_t watch_events = 0;   // since open
  // Watches ended since open because their consumer was too slow: collected
  // history, or Watcher::Disconnect.
  uint64_t watchers_cut_off = 0;
  CacheStats row_cache;     // Options::row_cache_bytes
  CacheStats result_cache;  // Options::result_cache_bytes
  CacheStats lookup_cache;  // Options::lookup_cache_bytes
  // Checks answered a second time without the caches since open, and how many
  // of them otherwise, which never happens unless there is a bug in Kith.
  uint64_t shadow_checks = 0;
  uint64_t shadow_mismatches = 0;
  bool caches_given_up = false;  // because of such a mismatch
};

// An authorization database: a schema and relationships under it, kept
// durably at numbered revisions, and the questions asked of them.
//
// Thread safety: every method may be called from any thread at any time.
// Durability: a call that returned OK survives a crash of process or machine.
// Freshness: a read sees every write that returned before it began.
// Errors: an absl::Status with a code and often GetErrorInfo (kith/errors.h,
// whose reasons say when each is given). INVALID_ARGUMENT: the request itself
// is malformed or over a limit. FAILED_PRECONDITION: it names what the schema
// lacks, or a condition of it does not hold. OUT_OF_RANGE: its token's or
// cursor's revision is no longer kept or not yet reached. DATA_LOSS: stored
// bytes are damaged. A refused call changes nothing. After a failed write to
// stable storage every later write is UNAVAILABLE until the database is opened
// anew.
class Database {
 public:
  // Opens (and by default creates) a database, recovering what was committed.
  // INVALID_ARGUMENT: an option makes no sense; the message names it.
  // NOT_FOUND: no database and create_if_missing is off. FAILED_PRECONDITION:
  // another process has it open, or a newer format. DATA_LOSS: the files
  // contradict each other; the message names what does.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);

  // Commits and answers the asynchronous writes that wait. Any other call still
  // in progress, or a later one, is a bug of the caller.
  virtual ~Database() = default;

  // Replaces the whole schema. Refused when it does not parse or type-check,
  // and when stored relationships would no longer fit it. Costs a scan of the
  // relationships that could stand in the way, while other writes wait.
  virtual absl::StatusOr<WriteResult> WriteSchema(std::string_view text) = 0;
  // The newest. NOT_FOUND before the first WriteSchema.
  virtual absl::StatusOr<SchemaText> ReadSchema() = 0;

  // The schema in parts; of no schema, no parts. INVALID_ARGUMENT
  // INVALID_FILTER when a filter contradicts itself.
  virtual absl::StatusOr<ReflectSchemaResult> ReflectSchema(
      const ReflectSchemaRequest& request) = 0;
  // What leads from the schema to another, which must parse and type-check but
  // need not fit the relationships.
  virtual absl::StatusOr<DiffSchemaResult> DiffSchema(
      const DiffSchemaRequest& request) = 0;
  // The relations and permissions that those who have the named one may come
  // to have by it, through any chain of the schema's rules; what an exclusion
  // takes away counts too. Never the named one itself.
  virtual absl::StatusOr<RelationReferences> ComputablePermissions(
      const ComputablePermissionsRequest& request) = 0;
  // The relations and permissions that decide, through any chain of the
  // schema's rules, who has the permission; relations that arrows walk count.
  // INVALID_ARGUMENT UNKNOWN_RELATION_OR_PERMISSION when it names a relation.
  virtual absl::StatusOr<RelationReferences> DependentRelations(
      const DependentRelationsRequest& request) = 0;

  // Applies all updates atomically and durably, if all preconditions hold.
  // Waits for one synced log write, which it shares with other writers. No
  // updates and no metadata are fine, and check the preconditions alone.
  virtual absl::StatusOr<WriteResult> Write(WriteRequest request) = 0;
  absl::StatusOr<WriteResult> Write(std::vector<Update> updates) {
    WriteRequest request;
    request.updates = std::move(updates);
    return Write(std::move(request));
  }
  // Deletes, in one commit, all relationships that match. RESOURCE_EXHAUSTED
  // when they would be too large for one commit (256 MiB); then delete in
  // steps, with a limit and allow_partial.
  virtual absl::StatusOr<DeleteResult> DeleteByFilter(
      DeleteRequest request) = 0;

  // The same without waiting: `done` runs exactly once, on the committer's
  // thread or, when refused early, on the caller's; it must not block and
  // must not call the methods above, which wait. Many writes in flight share
  // one synced log write. RESOURCE_EXHAUSTED when 65,536 wait already.
  virtual void WriteAsync(
      WriteRequest request,
      std::function<void(absl::StatusOr<WriteResult>)> done) = 0;
  virtual void DeleteByFilterAsync(
      DeleteRequest request,
      std::function<void(absl::StatusOr<DeleteResult>)> done) = 0;
  virtual void WriteSchemaAsync(
      std::string text,
      std::function<void(absl::StatusOr<WriteResult>)> done) = 0;

  // Begins to gather relationships for one commit. Costs nothing until Add.
  virtual std::unique_ptr<Importer> NewImport(const ImportRequest& request) = 0;

  // One page of everything that matches. Costs the rows read.
  virtual absl::StatusOr<ExportPage> Export(const ExportRequest& request) = 0;

  // Counters: a filter kept under a name, durably, whose matches can be
  // counted. A name is that of a relation in form. FAILED_PRECONDITION
  // COUNTER_ALREADY_REGISTERED or COUNTER_NOT_REGISTERED, and unknown names of
  // the filter as in Read. `done` as of WriteAsync.
  virtual absl::Status RegisterCounter(std::string_view name,
                                       RelationshipFilter filter) = 0;
  virtual absl::Status UnregisterCounter(std::string_view name) = 0;
  virtual void RegisterCounterAsync(std::string name, RelationshipFilter filter,
                                    std::function<void(absl::Status)> done) = 0;
  virtual void UnregisterCounterAsync(
      std::string name, std::function<void(absl::Status)> done) = 0;
  // How many relationships match and have not expired, at the newest revision;
  // exact. Costs a scan of the matches.
  virtual absl::StatusOr<CountResult> Count(std::string_view counter) = 0;

  // One page in a stable order; ask on with the last item's cursor. Costs the
  // rows that share the longest leading part the filter fixes, by resource or
  // by subject.
  virtual absl::StatusOr<ReadPage> Read(const ReadRequest& request) = 0;

  // Has the subject the permission? FAILED_PRECONDITION when the answer lies
  // beyond max_depth or hangs on an exclusion that depends on itself,
  // RESOURCE_EXHAUSTED beyond max_check_edges or the request's own limit. Costs
  // time linear in the relationships read; runs on the calling thread.
  virtual absl::StatusOr<CheckResult> Check(const CheckRequest& request) = 0;
  // Many checks at one revision. Items of the same subject share what they
  // read.
  virtual absl::StatusOr<BulkCheckResult> CheckBulk(
      const BulkCheckRequest& request) = 0;
  // FAILED_PRECONDITION beyond max_depth, RESOURCE_EXHAUSTED beyond
  // max_expand_nodes.
  virtual absl::StatusOr<ExpandResult> Expand(const ExpandRequest& request) = 0;

  // The resources of a type on which the subject has the permission: exactly
  // those for which Check, with the same context at the same revision and time,
  // answers more than no. Walks from the subject towards the resources before
  // it returns, and costs the relationships on the way; those that lead to the
  // resources themselves, and no further, are read with the stream. Where an
  // intersection, an exclusion or a condition lies on the way, each resource
  // costs a check as it is read from the stream. RESOURCE_EXHAUSTED beyond
  // max_lookup_edges or max_lookup_candidates; a check that has no answer is
  // the stream's error.
  virtual absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
      const LookupResourcesRequest& request) = 0;

  // The subjects of a kind that have the permission: what is in the answer says
  // for every subject, named in it or not, what Check, with the same context at
  // the same revision and time, says of it. Evaluates the permission for all
  // subjects at once before it returns, and costs the relationships in reach of
  // the resource; when a cursor resumes it, again, unless what was found is
  // still kept (Options::lookup_cache_bytes). Conditional subjects cost a check
  // each as they are read from the stream. FAILED_PRECONDITION when the
  // answer for any subject lies beyond max_depth or hangs on an exclusion that
  // depends on itself; RESOURCE_EXHAUSTED beyond max_lookup_edges or
  // max_lookup_subjects.
  virtual absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
      const LookupSubjectsRequest& request) = 0;

  // What is committed from `request.start` on. INVALID_ARGUMENT: both types and
  // filters, no kind of event, or a token that is none of this database.
  // FAILED_PRECONDITION: a type, relation or permission that is neither in the
  // newest schema nor in that of the start. OUT_OF_RANGE: the start's history
  // is no longer kept, or it is yet to come. RESOURCE_EXHAUSTED beyond
  // max_watchers.
  virtual absl::StatusOr<std::unique_ptr<Watcher>> Watch(
      const WatchRequest& request) = 0;

  // Writes a consistent copy to `directory`, which must not exist, beside
  // running reads and writes; files are hard-linked where possible. The copy
  // opens like any database. ALREADY_EXISTS: the directory exists.
  // FAILED_PRECONDITION: the database is in memory.
  virtual absl::Status Checkpoint(const std::string& directory) = 0;

  // Moves the horizon as far as window and readers allow and drops history
  // below it now, instead of at the next gc_interval.
  virtual absl::Status CollectGarbage() = 0;

  virtual DatabaseStats Stats() const = 0;
};

}  // namespace kith
