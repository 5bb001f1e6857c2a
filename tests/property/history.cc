#include "property/history.h"

#include <algorithm>

namespace kith::property {

std::string IdentityText(const Relationship& relationship) {
  return Relationship(relationship.resource, relationship.relation,
                      relationship.subject)
      .ToString();
}

bool Matches(const RelationshipFilter& filter, const Relationship& r) {
  const auto agrees = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  if (!agrees(filter.resource_type, r.resource.type) ||
      !agrees(filter.resource_id, r.resource.id) ||
      !r.resource.id.starts_with(filter.resource_id_prefix) ||
      !agrees(filter.relation, r.relation)) {
    return false;
  }
  if (!filter.subject) return true;
  const SubjectFilter& subject = *filter.subject;
  return subject.type == r.subject.object.type &&
         agrees(subject.id, r.subject.object.id) &&
         (!subject.relation || *subject.relation == r.subject.relation);
}

void State::Apply(const Step& step) {
  for (const Update& update : step.updates) {
    if (update.operation == Update::Operation::kDelete) {
      by_identity_.erase(IdentityText(update.relationship));
    } else {
      Put(update.relationship);
    }
  }
  if (!step.removed) return;
  std::erase_if(by_identity_, [&](const auto& entry) {
    return Matches(*step.removed, entry.second);
  });
}

std::vector<Relationship> State::All() const {
  std::vector<Relationship> all;
  for (const auto& [identity, relationship] : by_identity_) {
    all.push_back(relationship);
  }
  return all;
}

std::vector<std::string> State::Read(const RelationshipFilter& filter,
                                     absl::Time now) const {
  std::vector<std::string> texts;
  for (const auto& [identity, relationship] : by_identity_) {
    const auto& expiry = relationship.expires_at;
    if (expiry && *expiry <= now) continue;
    if (Matches(filter, relationship)) {
      texts.push_back(relationship.ToString());
    }
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

}  // namespace kith::property
