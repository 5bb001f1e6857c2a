#include "storage/commit_row.h"

#include <utility>

#include "base/coding.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/changelog.h"

namespace kith::storage {
namespace {

// Of a protobuf field on the wire: its number and how it is written.
constexpr uint64_t kLengthPrefixed = 2;
constexpr uint64_t TagOf(uint64_t field, uint64_t type) {
  return field << 3 | type;
}
constexpr uint64_t kPreviousRevision =
    TagOf(v1::ChangelogRow::kPreviousRevisionFieldNumber, 0);
constexpr uint64_t kChangeCount =
    TagOf(v1::ChangelogRow::kChangeCountFieldNumber, 0);
constexpr uint64_t kChange =
    TagOf(v1::ChangelogRow::kChangesFieldNumber, kLengthPrefixed);
constexpr uint64_t kMetadata =
    TagOf(v1::ChangelogRow::kMetadataFieldNumber, kLengthPrefixed);
constexpr uint64_t kSchemaWritten =
    TagOf(v1::ChangelogRow::kSchemaWrittenFieldNumber, 0);

// One field; `text` of a length-prefixed one, else `number`.
struct Field {
  uint64_t tag = 0;
  uint64_t number = 0;
  std::string_view text;
};

bool ReadField(Decoder* in, Field* field) {
  field->tag = in->Varint();
  switch (field->tag & 7) {
    case 0:
      field->number = in->Varint();
      return in->ok();
    case kLengthPrefixed:
      field->text = in->LengthPrefixed();
      return in->ok();
    default:
      return false;  // a changelog row has no others
  }
}

class ParsedRow final : public CommitRow {
 public:
  ParsedRow(Revision revision, std::string bytes)
      : revision_(revision), bytes_(std::move(bytes)) {}

  Revision revision() const override { return revision_; }
  size_t bytes() const override { return bytes_.size(); }
  std::string_view metadata() const override { return metadata_; }
  bool schema_written() const override { return schema_written_; }

  // Everything but the changes, which are only counted.
  absl::Status ParseRest() {
    Decoder whole(bytes_);
    whole.U64();  // the hash of the chain
    if (!whole.ok()) return MalformedLogRow(revision_, "it does not decode");
    body_ = whole.rest();
    uint64_t previous = 0;
    uint64_t promised = 0;
    uint64_t found = 0;
    Field field;
    for (Decoder in(body_); !in.empty();) {
      if (!ReadField(&in, &field)) {
        return MalformedLogRow(revision_, "it does not decode");
      }
      if (field.tag == kPreviousRevision) previous = field.number;
      if (field.tag == kChangeCount) promised = field.number;
      if (field.tag == kChange) ++found;
      if (field.tag == kMetadata) metadata_ = field.text;
      if (field.tag == kSchemaWritten) schema_written_ = field.number != 0;
    }
    if (previous + 1 != revision_) {
      return MalformedLogRow(revision_, "it names another predecessor");
    }
    if (promised != found) {
      return MalformedLogRow(revision_, "changes are missing");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Visit(
      size_t position,
      absl::FunctionRef<bool(const Change&)> visit) const override {
    v1::RelationshipChange from;
    Change change;
    Field field;
    Decoder in(body_.substr(position));
    while (!in.empty()) {
      const size_t here = body_.size() - in.rest().size();
      if (!ReadField(&in, &field)) {
        return MalformedLogRow(revision_, "it does not decode");
      }
      if (field.tag != kChange) continue;
      if (!from.ParseFromArray(field.text.data(),
                               static_cast<int>(field.text.size()))) {
        return MalformedLogRow(revision_, "a change does not decode");
      }
      KITH_RETURN_IF_ERROR(DecodeChange(revision_, from, &change));
      if (!visit(change)) return here;
    }
    return kEnd;
  }

 private:
  const Revision revision_;
  const std::string bytes_;
  std::string_view body_;  // of `bytes_`
  std::string_view metadata_;
  bool schema_written_ = false;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const CommitRow>> ParseCommitRow(
    Revision revision, std::string bytes) {
  auto row = std::make_shared<ParsedRow>(revision, std::move(bytes));
  KITH_RETURN_IF_ERROR(row->ParseRest());
  return row;
}

}  // namespace kith::storage
