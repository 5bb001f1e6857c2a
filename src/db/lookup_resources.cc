#include "db/lookup_resources.h"

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "db/evaluation.h"
#include "db/page_limit.h"
#include "db/paged_lookup.h"
#include "db/relationship_rows.h"
#include "engine/lookup_resources.h"
#include "model/validate.h"

namespace kith::db {
namespace {

absl::Status CheckRequest(const LookupResourcesRequest& request,
                          const Options& options) {
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(request.resource_type, "resource_object_type"));
  KITH_RETURN_IF_ERROR(ValidateRelationName(request.permission, "permission"));
  KITH_RETURN_IF_ERROR(ValidateSubject(request.subject, "subject"));
  KITH_RETURN_IF_ERROR(CheckContext(request.context, options));
  return CheckPageLimit(request.limit, options.max_lookup_limit);
}

LookupQuery Query(const LookupResourcesRequest& request) {
  const SubjectRef& subject = request.subject;
  return MakeLookupQuery({"lookup resources", request.resource_type,
                          request.permission, subject.object.type,
                          subject.object.id, subject.relation,
                          ContextBytes(request.context)});
}

class PagedResources final : public PagedLookup<ResourceStream, FoundResource,
                                                engine::ResourceLookup> {
 public:
  using PagedLookup::PagedLookup;

 private:
  storage::TupleKey KeyOf(const FoundResource& found) const override {
    return {.resource_id = found.id};
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
    const LookupResourcesRequest& request, const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckRequest(request, parts.options));
  LookupQuery query = Query(request);
  KITH_ASSIGN_OR_RETURN(
      LookupStart start,
      StartLookup(request.cursor, request.consistency, query, parts));
  engine::Evaluation evaluation = EvaluationOf(start.view, parts.options);
  evaluation.cancelled = request.cancelled;
  auto reach =
      parts.kept_lookups->Find<engine::ResourceReach>(start.key, evaluation);
  const bool is_kept = reach != nullptr;
  engine::ResourceLookup::Question question{
      .resource_type = request.resource_type,
      .permission = request.permission,
      .subject = request.subject,
      .context = request.context,
      .limit = request.limit};
  if (start.after) {
    question.after = start.after->last.view().resource_id;
  }
  KITH_ASSIGN_OR_RETURN(
      auto lookup,
      engine::ResourceLookup::Start(std::move(evaluation), std::move(question),
                                    std::move(reach)));
  if (request.limit > 0 && !is_kept) {
    parts.kept_lookups->Keep(std::move(start.key), lookup->reach());
  }
  return std::make_unique<PagedResources>(std::move(start), std::move(lookup),
                                          query.digest, request.limit, parts);
}

}  // namespace kith::db
