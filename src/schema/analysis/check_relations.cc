#include <string>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/type_check.h"
#include "schema/analysis/wildcard.h"
#include "schema/diagnostic.h"
#include "schema/suggestion.h"

namespace kith::schema {
namespace {

class RelationChecker {
 public:
  RelationChecker(const Symbols& symbols, const Definition& definition,
                  const Relation& relation)
      : symbols_(symbols), definition_(definition), relation_(relation) {}

  absl::Status Check() const {
    absl::flat_hash_set<std::string> seen;
    for (const AllowedSubject& allowed : relation_.allowed) {
      KITH_RETURN_IF_ERROR(CheckSubject(allowed));
      KITH_RETURN_IF_ERROR(CheckCaveat(allowed));
      std::string text = allowed.ToString();
      if (!seen.insert(text).second) {
        return Error(allowed,
                     fmt::format("duplicate allowed subject {} on "
                                 "relation {}",
                                 Quoted(text), Quoted(relation_.name)));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckSubject(const AllowedSubject& allowed) const {
    const Symbols::Type* type = symbols_.FindType(allowed.type);
    if (type == nullptr) {
      return Error(allowed,
                   fmt::format("unknown definition {}: expected the type of a "
                               "subject",
                               Quoted(allowed.type)),
                   DidYouMean(allowed.type, symbols_.TypeNames()));
    }
    if (allowed.relation.empty()) return absl::OkStatus();
    const Symbols::Member* member = type->Find(allowed.relation);
    if (member == nullptr) {
      return Error(allowed,
                   fmt::format("unknown relation or permission {} of "
                               "definition {}",
                               Quoted(allowed.relation), Quoted(allowed.type)),
                   DidYouMean(allowed.relation, type->MemberNames()));
    }
    // A longer way to a wildcard is refused at the relation before.
    if (member->relation != nullptr && HasWildcard(*member->relation)) {
      return Error(allowed,
                   fmt::format("{} cannot be a subject: it allows a wildcard",
                               Quoted(allowed.type + "#" + allowed.relation)),
                   "allow the wildcard on this relation itself");
    }
    return absl::OkStatus();
  }

  absl::Status CheckCaveat(const AllowedSubject& allowed) const {
    if (allowed.caveat.empty() ||
        symbols_.FindCaveat(allowed.caveat) != nullptr) {
      return absl::OkStatus();
    }
    const bool meant_expiry =
        allowed.caveat == "expiration" && !symbols_.Uses("expiration");
    return Error(allowed, "unknown caveat " + Quoted(allowed.caveat),
                 meant_expiry
                     ? "write \"use expiration\" at the top of the schema"
                     : DidYouMean(allowed.caveat, symbols_.CaveatNames()));
  }

  absl::Status Error(const AllowedSubject& allowed, std::string message,
                     std::string hint = {}) const {
    const std::string text = allowed.ToString();
    NamedParts parts = {{"definition_name", definition_.name},
                        {"relation_name", relation_.name},
                        {"allowed_type", text}};
    if (!allowed.caveat.empty()) {
      parts.emplace_back("caveat_name", allowed.caveat);
    }
    return TypeError({allowed.range, text, std::move(message), std::move(hint)},
                     parts);
  }

  const Symbols& symbols_;
  const Definition& definition_;
  const Relation& relation_;
};

}  // namespace

absl::Status CheckRelations(const Symbols& symbols) {
  for (const Definition& definition : symbols.schema().definitions()) {
    for (const Relation& relation : definition.relations) {
      KITH_RETURN_IF_ERROR(
          RelationChecker(symbols, definition, relation).Check());
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::schema
