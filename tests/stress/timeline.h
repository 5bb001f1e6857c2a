#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kith/values.h"
#include "property/history.h"
#include "property/oracle.h"
#include "property/schema_ast.h"

namespace kith::stress {

// What a database held at each revision that was written, as its writer says,
// who must say it in the order of the commits. Thread-compatible.
class Timeline {
 public:
  // A schema was written, a step was taken, at the revision of `token`.
  void WriteSchema(const property::SchemaAst& schema, const Token& token);
  void Take(const property::Step& step, const Token& token);

  // The newest.
  const property::SchemaAst& schema() const { return schemas_.back(); }
  const property::State& state() const { return moments_.back().state; }

  // What holds at the revision of the token, at one time; nullopt when it was
  // given for no commit.
  std::optional<size_t> Find(const Token& token) const;
  property::Oracle OracleOf(size_t moment, absl::Time now,
                            const std::vector<ObjectRef>& objects) const;

  size_t size() const { return moments_.size(); }

 private:
  struct Moment {
    property::State state;
    size_t schema = 0;
  };
  void Add(Moment moment, const Token& token);

  std::vector<property::SchemaAst> schemas_;
  std::vector<Moment> moments_;
  std::map<Token, size_t> by_token_;
};

}  // namespace kith::stress
