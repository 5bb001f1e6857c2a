#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith::schema {

// The candidate most like `name`, when one is close enough to be what was
// meant; empty otherwise. The first of equally close ones.
std::string_view Closest(std::string_view name,
                         const std::vector<std::string_view>& candidates);

// `did you mean "viewer"?`, or empty.
std::string DidYouMean(std::string_view name,
                       const std::vector<std::string_view>& candidates);

}  // namespace kith::schema
