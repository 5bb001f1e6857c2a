#include "service/subject_stream.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "service/convert.h"
#include "service/struct_convert.h"
#include "service/wire_writer.h"

namespace kith::service {
namespace {

using Response = wire::LookupSubjectsResponse;

// The fields of a ResolvedSubject, of a FoundSubject or an ExcludedSubject.
template <typename Subject>
void ResolvedMessage(int field, const Subject& subject, WireWriter* writer) {
  using Out = wire::ResolvedSubject;
  const int permissionship = ToLookupProto(subject.permissionship);
  size_t size =
      WireWriter::TextSize(subject.id) + WireWriter::EnumSize(permissionship);
  std::optional<wire::PartialCaveatInfo> info;
  if (subject.permissionship == Permissionship::kConditional) {
    info = ToCaveatInfo(subject.missing_context);
    size += WireWriter::MessageSize(info->ByteSizeLong());
  }
  writer->BeginMessage(field, size);
  writer->Text(Out::kSubjectObjectIdFieldNumber, subject.id);
  writer->Enum(Out::kPermissionshipFieldNumber, permissionship);
  if (info) writer->Message(Out::kPartialCaveatInfoFieldNumber, *info);
}

// What `subject` and `excluded_subjects` have replaced says the same, for
// clients that know no others.
void DeprecatedFields(const FoundSubject& found, WireWriter* writer) {
  writer->Text(Response::kSubjectObjectIdFieldNumber, found.id);
  for (const ExcludedSubject& excluded : found.excluded) {
    writer->Text(Response::kExcludedSubjectIdsFieldNumber, excluded.id);
  }
  writer->Enum(Response::kPermissionshipFieldNumber,
               ToLookupProto(found.permissionship));
  if (found.permissionship == Permissionship::kConditional) {
    writer->Message(Response::kPartialCaveatInfoFieldNumber,
                    ToCaveatInfo(found.missing_context));
  }
}

class FoundSubjects : public ResponseStream {
 public:
  explicit FoundSubjects(std::unique_ptr<SubjectStream> stream)
      : stream_(std::move(stream)) {}

  bool IsReady() const override {
    return next_ < batch_.size() || stream_->IsAtHand();
  }

  absl::StatusOr<bool> Next(std::string* message) override {
    if (next_ == batch_.size()) {
      KITH_ASSIGN_OR_RETURN(batch_, stream_->Next());
      next_ = 0;
      if (batch_.empty()) return false;
    }
    AppendSubject(batch_[next_++], stream_->looked_up_at(), message);
    return true;
  }

 private:
  const std::unique_ptr<SubjectStream> stream_;
  std::vector<FoundSubject> batch_;
  size_t next_ = 0;
};

}  // namespace

void AppendSubject(const FoundSubject& found, std::string_view looked_up_at,
                   std::string* message) {
  WireWriter writer(message);
  writer.TokenMessage(Response::kLookedUpAtFieldNumber, looked_up_at);
  DeprecatedFields(found, &writer);
  ResolvedMessage(Response::kSubjectFieldNumber, found, &writer);
  for (const ExcludedSubject& excluded : found.excluded) {
    ResolvedMessage(Response::kExcludedSubjectsFieldNumber, excluded, &writer);
  }
  writer.TokenMessage(Response::kAfterResultCursorFieldNumber, found.cursor);
}

absl::StatusOr<std::unique_ptr<ResponseStream>> StreamSubjects(
    Database* database, const wire::LookupSubjectsRequest& in,
    const std::atomic<bool>* cancelled) {
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
  request.cancelled = cancelled;
  KITH_ASSIGN_OR_RETURN(auto stream, database->LookupSubjects(request));
  return std::make_unique<FoundSubjects>(std::move(stream));
}

}  // namespace kith::service
