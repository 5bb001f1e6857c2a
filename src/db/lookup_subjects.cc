#include "db/lookup_subjects.h"

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "db/evaluation.h"
#include "db/paged_lookup.h"
#include "db/relationship_rows.h"
#include "engine/lookup_subjects.h"
#include "model/validate.h"

namespace kith::db {
namespace {

absl::Status CheckRequest(const LookupSubjectsRequest& request,
                          const Options& options) {
  KITH_RETURN_IF_ERROR(ValidateResource(request.resource, "resource"));
  // An empty permission has the shape of a name; the schema lacks it.
  if (!request.permission.empty()) {
    KITH_RETURN_IF_ERROR(
        ValidateRelationName(request.permission, "permission"));
  }
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(request.subject_type, "subject_object_type"));
  if (!request.subject_relation.empty()) {
    KITH_RETURN_IF_ERROR(ValidateRelationName(request.subject_relation,
                                              "optional_subject_relation"));
  }
  return CheckContext(request.context, options);
}

LookupQuery Query(const LookupSubjectsRequest& request) {
  return MakeLookupQuery(
      {"lookup subjects", request.resource.type, request.resource.id,
       request.permission, request.subject_type, request.subject_relation,
       request.include_wildcards ? "*" : "", ContextBytes(request.context)});
}

class PagedSubjects final
    : public PagedLookup<SubjectStream, FoundSubject, engine::SubjectLookup> {
 public:
  using PagedLookup::PagedLookup;

 private:
  storage::TupleKey KeyOf(const FoundSubject& found) const override {
    return {.subject_id = found.id};
  }
  // The limit is one of concrete subjects.
  bool Counts(const FoundSubject& found) const override {
    return found.id != kWildcardId;
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
    const LookupSubjectsRequest& request, const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckRequest(request, parts.options));
  LookupQuery query = Query(request);
  KITH_ASSIGN_OR_RETURN(
      LookupStart start,
      StartLookup(request.cursor, request.consistency, query, parts));
  engine::Evaluation evaluation = EvaluationOf(start.view, parts.options);
  evaluation.cancelled = request.cancelled;
  auto reach =
      parts.kept_lookups->Find<engine::SubjectReach>(start.key, evaluation);
  const bool is_kept = reach != nullptr;
  KITH_ASSIGN_OR_RETURN(
      auto lookup,
      engine::SubjectLookup::Start(evaluation, request, std::move(reach)));
  if (request.concrete_limit > 0 && !is_kept) {
    parts.kept_lookups->Keep(std::move(start.key), lookup->reach());
  }
  if (start.after) lookup->Skip(start.after->last.view().subject_id);
  return std::make_unique<PagedSubjects>(std::move(start), std::move(lookup),
                                         query.digest, request.concrete_limit,
                                         parts);
}

}  // namespace kith::db
