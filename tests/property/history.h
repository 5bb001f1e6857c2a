#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kith/values.h"

// What was written, and what a correct database then holds.

namespace kith::property {

// One commit: updates, or a deletion by filter.
struct Step {
  std::vector<Update> updates;
  std::optional<RelationshipFilter> removed;
};

// The text of resource, relation and subject.
std::string IdentityText(const Relationship& relationship);

bool Matches(const RelationshipFilter& filter,
             const Relationship& relationship);

// Relationships by identity. Expired ones stay until they are removed.
class State {
 public:
  void Apply(const Step& step);
  void Put(const Relationship& relationship) {
    by_identity_[IdentityText(relationship)] = relationship;
  }
  bool Has(const Relationship& relationship) const {
    return by_identity_.count(IdentityText(relationship)) != 0;
  }
  std::vector<Relationship> All() const;
  // The texts of what matches and has not expired, sorted.
  std::vector<std::string> Read(const RelationshipFilter& filter,
                                absl::Time now) const;

 private:
  std::map<std::string, Relationship> by_identity_;
};

}  // namespace kith::property
