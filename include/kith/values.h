#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/value.h"

// The value types of the library: plain structs, copyable and comparable, not
// synchronised.
// Constructors from text never fail: a text that is no reference is kept as
// an invalid value, and the call it is given to refuses it and quotes it.
// Use the Parse functions to learn at once.

namespace kith {

// Subject relation "..." of the wire ("no relation") is the empty string here.
inline constexpr std::string_view kEllipsis = "...";
// The subject id that stands for every object of a type.
inline constexpr std::string_view kWildcardId = "*";

// An object, `type:id`. An id is 1 to 1024 bytes of UTF-8 without control
// characters; in text, ids beyond [a-zA-Z0-9/_|-=+] are double-quoted with
// JSON escapes: `user:"anne@example.com"`.
struct ObjectRef {
  std::string type;
  std::string id;

  ObjectRef() = default;
  ObjectRef(std::string_view type, std::string_view id) : type(type), id(id) {}
  ObjectRef(std::string_view text);  // NOLINT(google-explicit-constructor)
  ObjectRef(const char* text)        // NOLINT(google-explicit-constructor)
      : ObjectRef(std::string_view(text)) {}

  // INVALID_ARGUMENT quotes the text and says where it goes wrong; so do the
  // other Parse functions.
  static absl::StatusOr<ObjectRef> Parse(std::string_view text);
  std::string ToString() const;

  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

// A subject: an object, or with a relation the set of its members
// (`team:eng#member`). Id `*` is the wildcard.
struct SubjectRef {
  ObjectRef object;
  std::string relation;  // empty: the object itself

  SubjectRef() = default;
  SubjectRef(ObjectRef object, std::string_view relation = {})
      : object(std::move(object)), relation(relation) {}
  SubjectRef(std::string_view text);  // NOLINT(google-explicit-constructor)
  SubjectRef(const char* text)        // NOLINT(google-explicit-constructor)
      : SubjectRef(std::string_view(text)) {}

  static absl::StatusOr<SubjectRef> Parse(std::string_view text);
  std::string ToString() const;
  bool is_wildcard() const { return object.id == kWildcardId; }

  friend bool operator==(const SubjectRef&, const SubjectRef&) = default;
  friend auto operator<=>(const SubjectRef&, const SubjectRef&) = default;
};

// A condition on a relationship, with the part of its context that was fixed
// when the relationship was written.
struct CaveatRef {
  std::string name;
  Struct context;
  friend bool operator==(const CaveatRef&, const CaveatRef&) = default;
};

// `resource#relation@subject[caveat:{json}][expiration:RFC3339]`. Identity is
// resource, relation and subject; caveat and expiry are its value.
struct Relationship {
  ObjectRef resource;
  std::string relation;
  SubjectRef subject;
  std::optional<CaveatRef> caveat;
  // The relationship is ignored from this instant on. Absent: never.
  std::optional<absl::Time> expires_at;

  Relationship() = default;
  Relationship(ObjectRef resource, std::string_view relation,
               SubjectRef subject)
      : resource(std::move(resource)),
        relation(relation),
        subject(std::move(subject)) {}
  Relationship(std::string_view text);  // NOLINT(google-explicit-constructor)
  Relationship(const char* text)        // NOLINT(google-explicit-constructor)
      : Relationship(std::string_view(text)) {}

  static absl::StatusOr<Relationship> Parse(std::string_view text);
  // The canonical text; Parse(ToString()) gives an equal value.
  std::string ToString() const;

  friend bool operator==(const Relationship&, const Relationship&) = default;
};

// One change of a write.
struct Update {
  enum class Operation : uint8_t {
    kCreate = 1,  // refused when the relationship is there
    kTouch = 2,   // written whether or not it is there
    kDelete = 3,  // fine when it is not there
  };
  Operation operation = Operation::kTouch;
  Relationship relationship;
};

inline Update Create(Relationship r) {
  return {Update::Operation::kCreate, std::move(r)};
}
inline Update Touch(Relationship r) {
  return {Update::Operation::kTouch, std::move(r)};
}
inline Update Delete(Relationship r) {
  return {Update::Operation::kDelete, std::move(r)};
}

// Selects subjects. `relation` absent: any; empty: the object itself only.
struct SubjectFilter {
  std::string type;  // required
  std::string id;    // empty: any; "*": the wildcard
  std::optional<std::string> relation;
  friend bool operator==(const SubjectFilter&, const SubjectFilter&) = default;
};

// Selects relationships: all set fields must match, at least one must be set,
// and `resource_id` excludes `resource_id_prefix`. An empty text is not set.
struct RelationshipFilter {
  std::string resource_type;
  std::string resource_id;
  std::string resource_id_prefix;
  std::string relation;
  std::optional<SubjectFilter> subject;
  friend bool operator==(const RelationshipFilter&,
                         const RelationshipFilter&) = default;
};

// What must hold of the stored relationships for a write or delete to happen.
struct Precondition {
  enum class Operation : uint8_t { kMustNotMatch = 1, kMustMatch = 2 };
  Operation operation = Operation::kMustMatch;
  RelationshipFilter filter;
};

// An opaque name of a revision of one database (a ZedToken). Keep it beside
// the resource it protects and hand it back in Consistency.
using Token = std::string;

// Which revision may answer. Every mode reads the newest revision at the same
// cost, except kAtExactSnapshot, which reads the token's.
struct Consistency {
  enum class Mode : uint8_t {
    kMinimizeLatency,
    kAtLeastAsFresh,
    kAtExactSnapshot,
    kFullyConsistent,
  };
  Mode mode = Mode::kMinimizeLatency;
  Token token;  // of kAtLeastAsFresh and kAtExactSnapshot

  static Consistency MinimizeLatency() { return {}; }
  static Consistency FullyConsistent() { return {Mode::kFullyConsistent, {}}; }
  static Consistency AtLeastAsFresh(Token token) {
    return {Mode::kAtLeastAsFresh, std::move(token)};
  }
  static Consistency AtExactSnapshot(Token token) {
    return {Mode::kAtExactSnapshot, std::move(token)};
  }
};

// The answer to a check, ordered: no < conditional < has.
enum class Permissionship : uint8_t {
  kNoPermission = 1,
  kConditional = 2,  // depends on caveat context that was not given
  kHasPermission = 3,
};

}  // namespace kith
