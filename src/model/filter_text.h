#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kith/values.h"

// A relationship filter as words: for error messages, error metadata and
// digests.

namespace kith {

// The set fields in a fixed order, under names such as "resource_type" and
// "subject_relation" (which may be set and empty). Views into `filter`.
std::vector<std::pair<std::string_view, std::string_view>> FilterFields(
    const RelationshipFilter& filter);

// `resource_type "document", relation "viewer"`; empty when nothing is set.
// Values are quoted as utf8.h says: the filter may be malformed.
std::string DescribeFilter(const RelationshipFilter& filter);

}  // namespace kith
