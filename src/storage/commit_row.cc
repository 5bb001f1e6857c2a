#include "storage/commit_row.h"

#include <algorithm>
#include <utility>
#include <vector>

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
constexpr uint64_t kPieceHashes =
    TagOf(v1::ChangelogRow::kPieceHashesFieldNumber, kLengthPrefixed);

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

// A position in a row with pieces: which piece, and where in it.
static_assert(sizeof(size_t) == sizeof(uint64_t));
constexpr int kPieceShift = 32;
constexpr size_t kInPieceMask = (size_t{1} << kPieceShift) - 1;

class ParsedRow final : public CommitRow {
 public:
  ParsedRow(Revision revision, std::string bytes, const Families* families)
      : revision_(revision), bytes_(std::move(bytes)), families_(families) {}

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
      if (field.tag == kPieceHashes && !AddPieceHashes(field.text)) {
        return MalformedLogRow(revision_, "it does not decode");
      }
    }
    if (previous + 1 != revision_) {
      return MalformedLogRow(revision_, "it names another predecessor");
    }
    if (piece_hashes_.empty() ? promised != found : found != 0) {
      return MalformedLogRow(revision_, "changes are missing");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Visit(
      size_t position,
      absl::FunctionRef<bool(const Change&)> visit) const override {
    if (piece_hashes_.empty()) return VisitIn(body_, position, visit);
    for (size_t i = position >> kPieceShift; i < piece_hashes_.size(); ++i) {
      KITH_ASSIGN_OR_RETURN(
          const std::string piece,
          ReadLogPiece(*families_, revision_, static_cast<uint32_t>(i),
                       piece_hashes_[i]));
      KITH_ASSIGN_OR_RETURN(const size_t stopped_at,
                            VisitIn(piece, position & kInPieceMask, visit));
      if (stopped_at != kEnd) return i << kPieceShift | stopped_at;
      position = 0;
    }
    return kEnd;
  }

 private:
  bool AddPieceHashes(std::string_view packed) {
    if (packed.size() % sizeof(uint64_t) != 0) return false;
    // Little-endian, as all fixed-width numbers of protobuf.
    for (; !packed.empty(); packed.remove_prefix(sizeof(uint64_t))) {
      uint64_t hash = 0;
      for (size_t i = sizeof(hash); i-- > 0;) {
        hash = hash << 8 | static_cast<uint8_t>(packed[i]);
      }
      piece_hashes_.push_back(hash);
    }
    return true;
  }

  // Of the encoded changes in `bytes`; other fields are passed over.
  absl::StatusOr<size_t> VisitIn(
      std::string_view bytes, size_t position,
      absl::FunctionRef<bool(const Change&)> visit) const {
    v1::RelationshipChange from;
    Change change;
    Field field;
    Decoder in(bytes.substr(std::min(position, bytes.size())));
    while (!in.empty()) {
      const size_t here = bytes.size() - in.rest().size();
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

  const Revision revision_;
  const std::string bytes_;
  const Families* const families_;
  std::string_view body_;  // of `bytes_`
  std::vector<uint64_t> piece_hashes_;
  std::string_view metadata_;
  bool schema_written_ = false;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const CommitRow>> ParseCommitRow(
    Revision revision, std::string bytes, const Families* families) {
  auto row =
      std::make_shared<ParsedRow>(revision, std::move(bytes), families);
  KITH_RETURN_IF_ERROR(row->ParseRest());
  return row;
}

}  // namespace kith::storage
