#include "db/watch_filter.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/filters.h"
#include "model/validate.h"

namespace kith::db {

WatchFilter::WatchFilter(const WatchRequest& request)
    : filters_(request.filters) {
  for (const std::string& type : request.object_types) {
    filters_.emplace_back().resource_type = type;
  }
  rows_.resize(filters_.size());
}

absl::Status WatchFilter::Validate(const WatchRequest& request) {
  if (!request.object_types.empty() && !request.filters.empty()) {
    return InvalidArgument(
        "object types and relationship filters exclude each other");
  }
  for (size_t i = 0; i < request.object_types.size(); ++i) {
    KITH_RETURN_IF_ERROR(ValidateTypeName(
        request.object_types[i], fmt::format("optional_object_types[{}]", i)));
  }
  for (size_t i = 0; i < request.filters.size(); ++i) {
    KITH_RETURN_IF_ERROR(
        ValidateFilter(request.filters[i],
                       fmt::format("optional_relationship_filters[{}]", i)));
  }
  return absl::OkStatus();
}

absl::Status WatchFilter::CheckNames(const schema::Schema& schema) const {
  for (const RelationshipFilter& filter : filters_) {
    KITH_RETURN_IF_ERROR(CheckFilterNames(schema, filter));
  }
  return absl::OkStatus();
}

void WatchFilter::Resolve(SymbolOf symbol_of) {
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i]) rows_[i] = RowFilter(filters_[i], symbol_of);
  }
}

bool WatchFilter::Matches(const storage::TupleKey& key) const {
  if (rows_.empty()) return true;
  for (const auto& rows : rows_) {
    if (rows && rows->Matches(key)) return true;
  }
  return false;
}

}  // namespace kith::db
