#pragma once

#include <string>

#include "kith/database.h"

namespace kith::differential {

// A tree as a text in which what means the same is the same: unions within
// unions are one, their leaves one set, the order of operands does not count,
// operations of one operand are that operand, and what holds no one is left
// out of unions.
std::string TreeForm(const ExpandTree& tree);

}  // namespace kith::differential
