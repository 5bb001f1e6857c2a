#include "stress/timeline.h"

#include <utility>

namespace kith::stress {

void Timeline::WriteSchema(const property::SchemaAst& schema,
                           const Token& token) {
  Moment next = moments_.empty() ? Moment() : moments_.back();
  next.schema = schemas_.size();
  schemas_.push_back(schema);
  Add(std::move(next), token);
}

void Timeline::Take(const property::Step& step, const Token& token) {
  Moment next = moments_.back();
  next.state.Apply(step);
  Add(std::move(next), token);
}

// What changed nothing has the token of the commit before, and its state.
void Timeline::Add(Moment moment, const Token& token) {
  by_token_[token] = moments_.size();
  moments_.push_back(std::move(moment));
}

std::optional<size_t> Timeline::Find(const Token& token) const {
  const auto it = by_token_.find(token);
  if (it == by_token_.end()) return std::nullopt;
  return it->second;
}

property::Oracle Timeline::OracleOf(
    size_t moment, absl::Time now,
    const std::vector<ObjectRef>& objects) const {
  const Moment& at = moments_[moment];
  return property::Oracle(schemas_[at.schema], at.state.All(), now, objects);
}

}  // namespace kith::stress
