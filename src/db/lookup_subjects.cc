#include "db/lookup_subjects.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "db/evaluation.h"
#include "db/relationship_rows.h"
#include "engine/lookup_subjects.h"
#include "model/validate.h"

namespace kith::db {
namespace {

// Subjects in what one call of Next gives.
constexpr size_t kMaxBatch = 128;

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

// 16 bytes for everything that must stay the same from page to page. No other
// query has the same, for none has such a first field.
std::string Digest(const LookupSubjectsRequest& request) {
  const std::string context = ContextBytes(request.context);
  std::string bytes;
  for (const std::string_view field :
       {std::string_view("lookup subjects"),
        std::string_view(request.resource.type),
        std::string_view(request.resource.id),
        std::string_view(request.permission),
        std::string_view(request.subject_type),
        std::string_view(request.subject_relation),
        std::string_view(request.include_wildcards ? "*" : ""),
        std::string_view(context)}) {
    PutLengthPrefixed(&bytes, field);
  }
  return Hash128(bytes);
}

class PagedSubjects final : public SubjectStream {
 public:
  PagedSubjects(View view, std::unique_ptr<engine::SubjectLookup> lookup,
                std::string digest, uint32_t concrete_limit, const Parts& parts)
      : view_(std::move(view)),
        lookup_(std::move(lookup)),
        digest_(std::move(digest)),
        left_(concrete_limit == 0 ? UINT64_MAX : concrete_limit),
        cursors_(*parts.cursors),
        looked_up_at_(parts.tokens->Encode(view_.snapshot->revision())) {}

  absl::StatusOr<std::vector<FoundSubject>> Next() override {
    KITH_RETURN_IF_ERROR(error_);
    std::vector<FoundSubject> batch;
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
      FoundSubject& subject = batch.emplace_back(**std::move(found));
      if (subject.id != kWildcardId) --left_;
      subject.cursor = cursors_.Encode(view_.snapshot->revision(), digest_,
                                       {.subject_id = subject.id});
    }
    // What was found before an error is given first.
    if (batch.empty()) KITH_RETURN_IF_ERROR(error_);
    return batch;
  }

  const Token& looked_up_at() const override { return looked_up_at_; }

 private:
  const View view_;  // of lookup_
  const std::unique_ptr<engine::SubjectLookup> lookup_;
  const std::string digest_;
  uint64_t left_;       // subjects other than `*` that may still be given
  absl::Status error_;  // ends the stream
  const CursorCodec& cursors_;
  const Token looked_up_at_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
    const LookupSubjectsRequest& request, const Parts& parts) {
  KITH_RETURN_IF_ERROR(CheckRequest(request, parts.options));
  std::string digest = Digest(request);
  std::optional<ReadPosition> from;
  if (!request.cursor.empty()) {
    KITH_ASSIGN_OR_RETURN(from, parts.cursors->Decode(request.cursor, digest));
  }
  KITH_ASSIGN_OR_RETURN(View view, from ? ViewAt(from->revision, parts)
                                        : ViewFor(request.consistency, parts));
  KITH_ASSIGN_OR_RETURN(
      auto lookup,
      engine::SubjectLookup::Run(EvaluationOf(view, parts.options), request));
  if (from) lookup->Skip(from->last.view().subject_id);
  return std::make_unique<PagedSubjects>(std::move(view), std::move(lookup),
                                         std::move(digest),
                                         request.concrete_limit, parts);
}

}  // namespace kith::db
