#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kith/database.h"

namespace kith::property {

// Reads page by page. What is wrong with what was found, whose order is free;
// nullopt when it is `expected`, the texts of relationships in byte order.
std::optional<std::string> ReadComplaint(
    Database* db, const RelationshipFilter& filter, uint32_t limit,
    const Consistency& consistency, const std::vector<std::string>& expected);

// The same of Export; `filter` may be empty.
std::optional<std::string> ExportComplaint(
    Database* db, const RelationshipFilter& filter, uint32_t limit,
    const Consistency& consistency, const std::vector<std::string>& expected);

}  // namespace kith::property
