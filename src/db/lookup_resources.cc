#include "db/lookup_resources.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "db/evaluation.h"
#include "db/page_limit.h"
#include "db/relationship_rows.h"
#include "engine/lookup_resources.h"
#include "model/validate.h"

namespace kith::db {
namespace {

// Resources in what one call of Next gives.
constexpr size_t kMaxBatch = 128;

absl::Status CheckRequest(const LookupResourcesRequest& request,
                          const Options& options) {
  KITH_RETURN_IF_ERROR(
      ValidateTypeName(request.resource_type, "resource_object_type"));
  KITH_RETURN_IF_ERROR(ValidateRelationName(request.permission, "permission"));
  KITH_RETURN_IF_ERROR(ValidateSubject(request.subject, "subject"));
  KITH_RETURN_IF_ERROR(CheckContext(request.context, options));
  return CheckPageLimit(request.limit, options.max_lookup_limit);
}

// 16 bytes for everything that must stay the same from page to page. No filter
// of a read has the same, for none has such a first field.
std::string Digest(const LookupResourcesRequest& request) {
  const SubjectRef& subject = request.subject;
  const std::string context = ContextBytes(request.context);
  std::string bytes;
  for (const std::string_view field :
       {std::string_view("lookup resources"),
        std::string_view(request.resource_type),
        std::string_view(request.permission),
        std::string_view(subject.object.type),
        std::string_view(subject.object.id), std::string_view(subject.relation),
        std::string_view(context)}) {
    PutLengthPrefixed(&bytes, field);
  }
  return Hash128(bytes);
}

class PagedResources final : public ResourceStream {
 public:
  PagedResources(View view, std::unique_ptr<engine::ResourceLookup> lookup,
                 std::string digest, uint32_t limit, const Parts& parts)
      : view_(std::move(view)),
        lookup_(std::move(lookup)),
        digest_(std::move(digest)),
        left_(limit == 0 ? UINT64_MAX : limit),
        cursors_(*parts.cursors),
        looked_up_at_(parts.tokens->Encode(view_.snapshot->revision())) {}

  absl::StatusOr<std::vector<FoundResource>> Next() override {
    KITH_RETURN_IF_ERROR(error_);
    std::vector<FoundResource> batch;
    while (left_ > 0 && batch.size() < kMaxBatch) {
      auto found = lookup_->Next();
      if (!found.ok()) {
        error_ = found.status();
        break;
      }
      if (!found->has_value()) {
        left_ = 0;
        break;
      }
      --left_;
      batch.push_back(**std::move(found));
      batch.back().cursor = cursors_.Encode(view_.snapshot->revision(), digest_,
                                            {.resource_id = batch.back().id});
    }
    // What was found before an error is given first.
    if (batch.empty()) KITH_RETURN_IF_ERROR(error_);
    return batch;
  }

  const Token& looked_up_at() const override { return looked_up_at_; }

 private:
  const View view_;  // of lookup_
  const std::unique_ptr<engine::ResourceLookup> lookup_;
  const std::string digest_;
  uint64_t left_;       // resources that may still be given
  absl::Status error_;  // ends the stream
  const CursorCodec& cursors_;
  const Token looked_up_at_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
    const LookupResourcesRequest& request, const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckRequest(request, parts.options));
  std::string digest = Digest(request);
  std::optional<ReadPosition> from;
  if (!request.cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(from, parts.cursors->Decode(request.cursor, digest));
  }
  KITH_ASSIGN_OR_RETURN(View view, from ? ViewAt(from->revision, parts)
                                        : ViewFor(request.consistency, parts));
  engine::ResourceLookup::Question question{
      .resource_type = request.resource_type,
      .permission = request.permission,
      .subject = request.subject,
      .context = request.context};
  if (from) question.after = from->last.view().resource_id;
  KITH_ASSIGN_OR_RETURN(
      auto lookup, engine::ResourceLookup::Start(
                       EvaluationOf(view, parts.options), std::move(question)));
  return std::make_unique<PagedResources>(std::move(view), std::move(lookup),
                                          std::move(digest), request.limit,
                                          parts);
}

}  // namespace kith::db
