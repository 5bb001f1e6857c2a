#include "engine/names.h"

#include "base/status_macros.h"
#include "schema/unknown_name.h"

namespace kith::engine {
namespace {

absl::StatusOr<Symbol> ResolveType(const Programs& programs,
                                   std::string_view type) {
  const auto symbol = programs.FindType(type);
  if (symbol) return *symbol;
  return schema::UnknownDefinition(type);
}

}  // namespace

absl::StatusOr<uint32_t> ResolveSlot(const Programs& programs,
                                     std::string_view type,
                                     std::string_view name) {
  KITH_ASSIGN_OR_RETURN(const Symbol symbol, ResolveType(programs, type));
  const auto slot = programs.FindSlot(symbol, name);
  if (slot) return *slot;
  return schema::UnknownRelation(type, name);
}

absl::StatusOr<SubjectKind> ResolveSubject(const Programs& programs,
                                           const SubjectRef& subject) {
  KITH_ASSIGN_OR_RETURN(const Symbol type,
                        ResolveType(programs, subject.object.type));
  if (subject.relation.empty()) return SubjectKind{type, storage::kNoSymbol};
  KITH_ASSIGN_OR_RETURN(
      const uint32_t slot,
      ResolveSlot(programs, subject.object.type, subject.relation));
  return SubjectKind{type, programs.slot(slot).name};
}

}  // namespace kith::engine
