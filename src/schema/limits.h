#pragma once

#include <cstddef>

// What a schema may hold at most. Together they bound the memory and the stack
// that a hostile schema can ask for; all limits are inclusive.

namespace kith::schema {

// Of the text as given, of its canonical form, and of what splicing partials
// may copy.
inline constexpr size_t kMaxSchemaBytes = 4u << 20;
// Definitions; the same number again of caveats and of partials.
inline constexpr size_t kMaxDefinitions = 5000;
// Relations and permissions of one definition, partials included.
inline constexpr size_t kMaxMembers = 5000;
inline constexpr size_t kMaxAllowedSubjects = 5000;
// Names in one permission's expression.
inline constexpr size_t kMaxExpressionTerms = 65'536;
// Parentheses, levels of operations, partials in partials, types in types.
// What recurses over a schema recurses at most a few times this deep.
inline constexpr int kMaxNesting = 64;

}  // namespace kith::schema
