#include "db/paged_lookup.h"

#include "base/coding.h"
#include "base/hash.h"

namespace kith::db {

std::string LookupDigest(std::initializer_list<std::string_view> fields) {
  std::string bytes;
  for (const std::string_view field : fields) PutLengthPrefixed(&bytes, field);
  return Hash128(bytes);
}

absl::StatusOr<LookupStart> StartLookup(const std::string& cursor,
                                        const Consistency& consistency,
                                        std::string_view digest,
                                        const Parts& parts) {
  if (cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(View view, ViewFor(consistency, parts));
    return LookupStart{std::move(view), std::nullopt};
  }
  KITH_ASSIGN_OR_RETURN(ReadPosition after,
                        parts.cursors->Decode(cursor, digest));
  KITH_ASSIGN_OR_RETURN(View view, ViewAt(after.revision, parts));
  return LookupStart{std::move(view), std::move(after)};
}

}  // namespace kith::db
