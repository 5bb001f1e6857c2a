#include "service/subject_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "service/convert.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

using Response = wire::LookupSubjectsResponse;

// A FoundSubject or an ExcludedSubject.
template <typename Subject>
void Resolve(const Subject& subject, wire::ResolvedSubject* out) {
  out->set_subject_object_id(subject.id);
  out->set_permissionship(ToLookupProto(subject.permissionship));
  if (subject.permissionship != Permissionship::kConditional) return;
  auto* info = out->mutable_partial_caveat_info();
  for (const std::string& name : subject.missing_context) {
    info->add_missing_required_context(name);
  }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
// The fields that `subject` and `excluded_subjects` have replaced say the same,
// for clients that know no others.
void SetDeprecatedFields(Response* response) {
  const wire::ResolvedSubject& subject = response->subject();
  response->set_subject_object_id(subject.subject_object_id());
  response->set_permissionship(subject.permissionship());
  if (subject.has_partial_caveat_info()) {
    *response->mutable_partial_caveat_info() = subject.partial_caveat_info();
  }
  for (const wire::ResolvedSubject& excluded : response->excluded_subjects()) {
    response->add_excluded_subject_ids(excluded.subject_object_id());
  }
}
#pragma GCC diagnostic pop

class FoundSubjects : public ResponseStream<Response> {
 public:
  explicit FoundSubjects(std::unique_ptr<SubjectStream> stream)
      : stream_(std::move(stream)) {}

  bool IsReady() const override { return next_ < batch_.size(); }

  absl::StatusOr<bool> Next(Response* response) override {
    if (!IsReady()) {
      KITH_ASSIGN_OR_RETURN(batch_, stream_->Next());
      next_ = 0;
      if (batch_.empty()) return false;
    }
    FoundSubject& found = batch_[next_++];
    response->mutable_looked_up_at()->set_token(stream_->looked_up_at());
    Resolve(found, response->mutable_subject());
    for (const ExcludedSubject& excluded : found.excluded) {
      Resolve(excluded, response->add_excluded_subjects());
    }
    SetDeprecatedFields(response);
    response->mutable_after_result_cursor()->set_token(std::move(found.cursor));
    return true;
  }

 private:
  const std::unique_ptr<SubjectStream> stream_;
  std::vector<FoundSubject> batch_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResponseStream<Response>>> StreamSubjects(
    Database* database, const wire::LookupSubjectsRequest& in) {
  LookupSubjectsRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  KITH_ASSIGN_OR_RETURN(request.resource,
                        ToObject(in.has_resource(), in.resource(), "resource"));
  request.permission = in.permission();
  request.subject_type = in.subject_object_type();
  if (in.optional_subject_relation() != kEllipsis) {
    request.subject_relation = in.optional_subject_relation();
  }
  KITH_ASSIGN_OR_RETURN(request.context, ToStruct(in.context(), "context"));
  request.include_wildcards =
      in.wildcard_option() !=
      wire::LookupSubjectsRequest::WILDCARD_OPTION_EXCLUDE_WILDCARDS;
  request.concrete_limit = in.optional_concrete_limit();
  if (in.has_optional_cursor() && in.optional_cursor().token().empty()) {
    return MissingValue("optional_cursor.token");
  }
  request.cursor = in.optional_cursor().token();
  KITH_ASSIGN_OR_RETURN(auto stream, database->LookupSubjects(request));
  return std::make_unique<FoundSubjects>(std::move(stream));
}

}  // namespace kith::service
