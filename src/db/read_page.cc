#include "db/read_page.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/filters.h"
#include "db/relationship_rows.h"
#include "model/validate.h"

namespace kith::db {
namespace {

absl::Status CheckShape(const ReadRequest& request, const Options& options) {
  KITH_RETURN_IF_ERROR(ValidateFilter(request.filter, "relationship_filter"));
  if (request.limit <= options.max_read_limit) return absl::OkStatus();
  const std::string given = fmt::to_string(request.limit);
  const std::string limit = fmt::to_string(options.max_read_limit);
  return MakeError(
      absl::StatusCode::kInvalidArgument,
      ErrorReason::kExceedsMaximumAllowableLimit,
      fmt::format("limit {} is over the maximum of {}", given, limit),
      {{"limit_provided", given}, {"maximum_limit_allowed", limit}});
}

// Fills `page` with up to `limit` live rows after `last`.
absl::Status FillPage(const View& view, const storage::TupleFilter& filter,
                      const storage::TupleKey* last, size_t limit,
                      std::string_view digest, const Parts& parts,
                      ReadPage* page) {
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
    page->items.push_back({std::move(relationship),
                           parts.cursors->Encode(view.snapshot->revision(),
                                                 digest, rows->key())});
  }
  return rows->status();
}

}  // namespace

absl::StatusOr<ReadPage> ReadRelationships(const ReadRequest& request,
                                           const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckShape(request, parts.options));
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
