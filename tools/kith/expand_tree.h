#pragma once

#include <string>

#include "kith/database.h"
#include "tools/kith/output.h"

namespace kith::tool {

// The tree drawn with lines, one node or subject a line, each ended by '\n';
// the operation of a node is named behind it, and of an exclusion which
// branch is taken away. `unicode`: box-drawing characters instead of ASCII.
std::string DrawExpandTree(const ExpandTree& tree, bool unicode);

Json JsonOf(const ExpandTree& tree);

}  // namespace kith::tool
