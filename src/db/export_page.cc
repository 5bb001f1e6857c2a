#include "db/export_page.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/status_macros.h"
#include "db/filters.h"
#include "db/page_limit.h"
#include "db/relationship_rows.h"
#include "model/encoded_size.h"
#include "model/validate.h"

namespace kith::db {
namespace {

// Apart from that of a read, whose cursors follow another order.
std::string ExportDigest(const RelationshipFilter& filter) {
  return Hash128("export" + FilterDigest(filter));
}

// Fills one page: definition after definition, in the order of their names.
class PageFiller {
 public:
  PageFiller(const ExportRequest& request, const View& view, const Parts& parts,
             ExportPage* page)
      : view_(view),
        parts_(parts),
        limit_(request.limit == 0 ? parts.options.max_export_limit
                                  : request.limit),
        max_bytes_(request.max_bytes),
        page_(page) {}

  // Goes on after `last`, if there is one.
  absl::Status Fill(RelationshipFilter filter,
                    std::optional<storage::TupleKey> last) {
    std::vector<std::string> types = Types(filter.resource_type);
    if (last) {
      const std::string_view type =
          parts_.store->SymbolName(last->resource_type);
      types.erase(types.begin(),
                  std::lower_bound(types.begin(), types.end(), type));
      if (types.empty() || types.front() != type) last.reset();
    }
    for (std::string& type : types) {
      filter.resource_type = std::move(type);
      KITH_RETURN_IF_ERROR(FillType(filter, last ? &*last : nullptr));
      if (page_->more) break;
      last.reset();
    }
    return absl::OkStatus();
  }

  // The last row of the page; absent when there is none.
  const std::optional<OwnedKey>& last() const { return last_; }

 private:
  std::vector<std::string> Types(const std::string& only) const {
    if (!only.empty()) return {only};
    std::vector<std::string> types;
    for (const auto& definition : view_.schema->schema().definitions()) {
      types.push_back(definition.name);
    }
    std::sort(types.begin(), types.end());
    return types;
  }

  absl::Status FillType(const RelationshipFilter& filter,
                        const storage::TupleKey* after) {
    const auto rows = RowFilter(filter, [this](std::string_view name) {
      return parts_.store->FindSymbol(name);
    });
    if (!rows) return absl::OkStatus();
    const auto found =
        view_.snapshot->Scan(*rows, storage::BestOrder(*rows), after);
    for (; found->Valid(); found->Next()) {
      if (found->value().ExpiredAt(view_.now)) continue;
      KITH_RETURN_IF_ERROR(Take(found->key(), found->value()));
      if (page_->more) return absl::OkStatus();
    }
    return found->status();
  }

  absl::Status Take(const storage::TupleKey& key,
                    const storage::TupleValue& value) {
    auto& items = page_->relationships;
    page_->more = items.size() == limit_;
    if (page_->more) return absl::OkStatus();
    KITH_ASSIGN_OR_RETURN(
        Relationship relationship,
        RelationshipOf(key, value, [this](storage::Symbol symbol) {
          return parts_.store->SymbolName(symbol);
        }));
    bytes_ += MaxEncodedBytes(relationship);
    page_->more = max_bytes_ != 0 && bytes_ > max_bytes_ && !items.empty();
    if (page_->more) return absl::OkStatus();
    items.push_back(std::move(relationship));
    last_.emplace(key);
    return absl::OkStatus();
  }

  const View& view_;
  const Parts& parts_;
  const size_t limit_;
  const uint64_t max_bytes_;
  ExportPage* const page_;
  uint64_t bytes_ = 0;
  std::optional<OwnedKey> last_;
};

}  // namespace

absl::StatusOr<ExportPage> ExportRelationships(const ExportRequest& request,
                                               const Parts& parts) {
  const RelationshipFilter filter =
      request.filter.value_or(RelationshipFilter());
  if (filter != RelationshipFilter()) {
    KITH_RETURN_IF_ERROR(
        ValidateFilter(filter, "optional_relationship_filter"));
  }
  KITH_RETURN_IF_ERROR(
      CheckPageLimit(request.limit, parts.options.max_export_limit));
  const std::string digest = ExportDigest(filter);
  std::optional<ReadPosition> from;
  if (!request.cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(from, parts.cursors->Decode(request.cursor, digest));
  }
  KITH_ASSIGN_OR_RETURN(const View view,
                        from ? ViewAt(from->revision, parts)
                             : ViewFor(request.consistency, parts));
  const storage::Revision revision = view.snapshot->revision();
  ExportPage page;
  page.read_at = parts.tokens->Encode(revision);
  page.cursor = request.cursor;
  PageFiller filler(request, view, parts, &page);
  std::optional<storage::TupleKey> last;
  if (from) last = from->last.view();
  KITH_RETURN_IF_ERROR(filler.Fill(filter, last));
  if (filler.last()) {
    page.cursor =
        parts.cursors->Encode(revision, digest, filler.last()->view());
  }
  return page;
}

}  // namespace kith::db
