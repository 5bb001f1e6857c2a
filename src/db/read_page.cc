#include "db/read_page.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "db/filters.h"
#include "db/page_limit.h"
#include "db/relationship_rows.h"
#include "model/validate.h"

namespace kith::db {
namespace {

// Fills `page` with up to `limit` live rows after `last`.
absl::Status FillPage(const View& view, const storage::TupleFilter& filter,
                      const storage::TupleKey* last, size_t limit,
                      std::string_view digest, const Parts& parts,
                      ReadPage* page) {
  auto cursors = parts.cursors->Begin(view.snapshot->revision(), digest);
  const auto rows =
      view.snapshot->Scan(filter, storage::BestOrder(filter), last);
  for (; rows->Valid(); rows->Next()) {
    if (rows->value().ExpiredAt(view.now)) continue;
    if (page->items.size() == limit) {
      page->more = true;
      return absl::OkStatus();
    }
    KITH_ASSIGN_OR_RETURN(
        Relationship relationship,
        RelationshipOf(rows->key(), rows->value(), [&](storage::Symbol symbol) {
          return parts.store->SymbolName(symbol);
        }));
    page->items.push_back(
        {std::move(relationship), cursors.Encode(rows->key())});
  }
  return rows->status();
}

}  // namespace

absl::StatusOr<ReadPage> ReadRelationships(const ReadRequest& request,
                                           const Parts& parts) {
  KITH_RETURN_IF_ERROR(ValidateFilter(request.filter, "relationship_filter"));
  KITH_RETURN_IF_ERROR(
      CheckPageLimit(request.limit, parts.options.max_read_limit));
  const std::string digest = FilterDigest(request.filter);
  std::optional<ReadPosition> from;
  if (!request.cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(from, parts.cursors->Decode(request.cursor, digest));
  }
  KITH_ASSIGN_OR_RETURN(const View view,
                        from ? ViewAt(from->revision, parts)
                             : ViewFor(request.consistency, parts));
  KITH_RETURN_IF_ERROR(CheckFilterNames(view.schema->schema(), request.filter));

  ReadPage page;
  page.read_at = parts.tokens->Encode(view.snapshot->revision());
  const auto rows = RowFilter(request.filter, [&](std::string_view name) {
    return parts.store->FindSymbol(name);
  });
  if (!rows) return page;
  const size_t limit =
      request.limit == 0 ? parts.options.max_read_limit : request.limit;
  std::optional<storage::TupleKey> last;
  if (from) last = from->last.view();
  KITH_RETURN_IF_ERROR(FillPage(view, *rows, last ? &*last : nullptr, limit,
                                digest, parts, &page));
  return page;
}

}  // namespace kith::db
