#include "db/paged_lookup.h"

#include "base/coding.h"
#include "base/hash.h"

namespace kith::db {

namespace {

std::string KeyOf(const LookupQuery& query, const View& view) {
  std::string key;
  PutU64(&key, view.snapshot->revision());
  return key + query.bytes;
}

}  // namespace

LookupQuery MakeLookupQuery(std::initializer_list<std::string_view> fields) {
  LookupQuery query;
  for (const std::string_view field : fields) {
    PutLengthPrefixed(&query.bytes, field);
  }
  query.digest = Hash128(query.bytes);
  return query;
}

absl::StatusOr<LookupStart> StartLookup(const std::string& cursor,
                                        const Consistency& consistency,
                                        const LookupQuery& query,
                                        const Parts& parts) {
  std::optional<ReadPosition> after;
  if (!cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(after, parts.cursors->Decode(cursor, query.digest));
  }
  KITH_ASSIGN_OR_RETURN(View view, after ? ViewAt(after->revision, parts)
                                         : ViewFor(consistency, parts));
  LookupStart start(std::move(view), parts.time_leases.get());
  start.after = std::move(after);
  start.key = KeyOf(query, start.view);
  return start;
}

}  // namespace kith::db
