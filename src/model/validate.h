#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "kith/values.h"

// Which names and ids are well formed, before any schema is asked. Every
// function returns OK or INVALID_ARGUMENT that begins with `field` (a path such
// as "updates[0].relationship.resource.object_id"), quotes the value and names
// the rule.

namespace kith {

inline constexpr size_t kMaxTypeNameBytes = 128;
inline constexpr size_t kMaxRelationNameBytes = 64;
inline constexpr size_t kMaxObjectIdBytes = 1024;

// `[a-z][a-z0-9_]*[a-z0-9]` of 3 to 64 bytes.
bool IsRelationName(std::string_view name);
// Relation-like segments joined by `/`, at most 128 bytes together.
bool IsTypeName(std::string_view name);
// 1 to 1024 bytes of UTF-8 without control characters. A superset of the ids
// elsewhere in the field ([a-zA-Z0-9/_|-=+]), so that e-mail addresses and URLs
// are ids. `*` alone is not an object id but the wildcard.
bool IsObjectId(std::string_view id);
// Only bytes that need no quotes in relationship text.
bool IsPlainObjectId(std::string_view id);

absl::Status ValidateTypeName(std::string_view name, std::string_view field);
absl::Status ValidateRelationName(std::string_view name,
                                  std::string_view field);
absl::Status ValidateResource(const ObjectRef& resource,
                              std::string_view field);
// A wildcard subject is well formed unless it has a relation too.
absl::Status ValidateSubject(const SubjectRef& subject, std::string_view field);
// Caveat context and metadata: finite numbers and UTF-8, nested no deeper than
// kMaxJsonDepth (value_json.h), so that JSON can say it.
absl::Status ValidateContext(const Struct& context, std::string_view field);
absl::Status ValidateRelationship(const Relationship& relationship,
                                  std::string_view field);
// Whether it is well formed and without caveat and expiry: what most are, told
// without words.
bool IsBareRelationship(const Relationship& relationship);
// The shape of a filter: INVALID_FILTER when nothing is set or when id and
// prefix both are; names and ids as above.
absl::Status ValidateFilter(const RelationshipFilter& filter,
                            std::string_view field);

}  // namespace kith
