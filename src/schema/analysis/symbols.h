#pragma once

#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "schema/schema.h"

namespace kith::schema {

// Names of a schema for look-up in constant time, however large it is. Views
// and pointers are into the schema, which must outlive it.
class Symbols {
 public:
  struct Member {
    const Relation* relation = nullptr;  // one of the two is set
    const Permission* permission = nullptr;
  };
  struct Type {
    const Definition* definition = nullptr;
    absl::flat_hash_map<std::string_view, Member> members;

    const Member* Find(std::string_view name) const;
    std::vector<std::string_view> MemberNames() const;    // in order written
    std::vector<std::string_view> RelationNames() const;  // in order written
  };

  explicit Symbols(const Schema& schema);

  const Schema& schema() const { return schema_; }
  bool Uses(std::string_view flag) const;
  // nullptr when there is none of that name.
  const Type* FindType(std::string_view name) const;
  const Caveat* FindCaveat(std::string_view name) const;
  std::vector<std::string_view> TypeNames() const;
  std::vector<std::string_view> CaveatNames() const;

 private:
  const Schema& schema_;
  absl::flat_hash_map<std::string_view, Type> types_;
  absl::flat_hash_map<std::string_view, const Caveat*> caveats_;
};

}  // namespace kith::schema
