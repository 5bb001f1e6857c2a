#include "property/read_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "kith/bulk.h"

namespace kith::property {
namespace {

std::optional<std::string> Difference(
    std::string_view what, const RelationshipFilter& filter, uint32_t limit,
    std::vector<std::string> found, const std::vector<std::string>& expected) {
  std::sort(found.begin(), found.end());
  if (found == expected) return std::nullopt;
  std::string text = fmt::format(
      "{} of type '{}' id '{}' prefix '{}' relation '{}', {} a page, found {}, "
      "expected {}:",
      what, filter.resource_type, filter.resource_id, filter.resource_id_prefix,
      filter.relation, limit, found.size(), expected.size());
  std::vector<std::string> difference;
  std::set_symmetric_difference(found.begin(), found.end(), expected.begin(),
                                expected.end(), std::back_inserter(difference));
  for (const std::string& one : difference) text += "\n  " + one;
  return text;
}

}  // namespace

std::optional<std::string> ReadComplaint(
    Database* db, const RelationshipFilter& filter, uint32_t limit,
    const Consistency& consistency, const std::vector<std::string>& expected) {
  ReadRequest request;
  request.filter = filter;
  request.consistency = consistency;
  request.limit = limit;
  std::vector<std::string> found;
  while (true) {
    const auto page = db->Read(request);
    if (!page.ok()) return "read: " + page.status().ToString();
    for (const ReadItem& item : page->items) {
      found.push_back(item.relationship.ToString());
    }
    if (!page->more) break;
    if (page->items.empty()) return "read: an empty page with more";
    request.cursor = page->items.back().cursor;
  }
  return Difference("read", filter, limit, std::move(found), expected);
}

std::optional<std::string> ExportComplaint(
    Database* db, const RelationshipFilter& filter, uint32_t limit,
    const Consistency& consistency, const std::vector<std::string>& expected) {
  ExportRequest request;
  request.filter = filter;
  request.consistency = consistency;
  request.limit = limit;
  std::vector<std::string> found;
  while (true) {
    const auto page = db->Export(request);
    if (!page.ok()) return "export: " + page.status().ToString();
    for (const Relationship& r : page->relationships) {
      found.push_back(r.ToString());
    }
    if (!page->more) break;
    if (page->relationships.empty()) return "export: an empty page with more";
    request.cursor = page->cursor;
  }
  return Difference("export", filter, limit, std::move(found), expected);
}

}  // namespace kith::property
