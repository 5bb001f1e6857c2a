// Values of relationship rows and rows of the changelog. Bytes that nobody
// wrote do not decode, or are what encoding gives; what was written reads back;
// a changelog row that was damaged does not follow the one before.

#include <optional>
#include <string>
#include <vector>

#include "fuzz/byte_source.h"
#include "fuzz/expect.h"
#include "storage/changelog.h"
#include "storage/row_codec.h"

namespace kith::fuzz {
namespace {

using storage::Change;
using storage::Symbol;
using storage::TupleKey;
using storage::TupleValue;

void CheckRowBytes(const std::string& bytes) {
  TupleValue value;
  if (!storage::DecodeRow(bytes, &value)) return;
  std::string again;
  storage::AppendRow(value.created, value, &again);
  Expect(again == bytes, "what decodes was encoded");
}

std::optional<absl::Time> TakeTime(ByteSource* in) {
  if (!in->Flag()) return std::nullopt;
  const storage::StoredInstant instant = {
      .seconds = static_cast<int64_t>(in->Number(8)),
      .nanos = static_cast<uint32_t>(in->Number(4) % 1'000'000'000)};
  return storage::FromStored(instant);
}

bool Same(const TupleValue& a, const TupleValue& b) {
  return a.created == b.created && a.expires_at == b.expires_at &&
         a.caveat == b.caveat && a.caveat_context == b.caveat_context;
}

void CheckRow(ByteSource* in) {
  const std::string context = in->Text();
  const TupleValue value = {.created = in->Number(8) | 1,
                            .expires_at = TakeTime(in),
                            .caveat = static_cast<Symbol>(in->Number(2)),
                            .caveat_context = context};
  std::string bytes;
  storage::AppendRow(value.created, value, &bytes);
  TupleValue read;
  Expect(storage::DecodeRow(bytes, &read) && Same(read, value),
         "a row reads back");
}

void CheckLogBytes(ByteSource* in) {
  const uint64_t revision = in->Number(2);
  const std::string bytes = in->Rest();
  storage::LogRow row;
  const absl::Status status = row.Decode(revision, bytes);
  Expect(status.ok() || absl::IsDataLoss(status),
         "a row that does not decode is a loss of data", status.ToString());
  if (!status.ok()) return;
  Expect(row.record().revision == revision, "a row knows its revision");
  for (const Change& change : row.record().changes) {
    Expect(change.kind == Change::Kind::kPut ||
               change.kind == Change::Kind::kDelete,
           "a change is of a known kind");
  }
}

struct Written {
  std::string resource_id;
  std::string subject_id;
  std::string context;
  Change change;

  explicit Written(ByteSource* in)
      : resource_id(in->Text()), subject_id(in->Text()), context(in->Text()) {
    change.kind = in->Flag() ? Change::Kind::kPut : Change::Kind::kDelete;
    for (Symbol* symbol :
         {&change.key.resource_type, &change.key.relation,
          &change.key.subject_type, &change.key.subject_relation}) {
      *symbol = static_cast<Symbol>(in->Number(2));
    }
    if (change.kind == Change::Kind::kDelete) return;
    change.value.expires_at = TakeTime(in);
    change.value.caveat = static_cast<Symbol>(in->Number(2));
  }
};

void CheckLogRow(ByteSource* in) {
  constexpr uint64_t kRevision = 7;
  std::vector<std::unique_ptr<Written>> written;
  storage::v1::ChangelogRow row;
  std::string changes;
  for (uint32_t i = in->Below(4); i > 0; --i) {
    Written& one = *written.emplace_back(std::make_unique<Written>(in));
    one.change.key.resource_id = one.resource_id;
    one.change.key.subject_id = one.subject_id;
    if (one.change.kind == Change::Kind::kPut) {
      one.change.value.created = kRevision;
      one.change.value.caveat_context = one.context;
      storage::AppendPut(one.change.key, one.change.value, &changes);
    } else {
      storage::AppendDelete(one.change.key, &changes);
    }
  }
  row.set_previous_revision(kRevision - 1);
  row.set_change_count(written.size());
  const uint64_t before = in->Number(8);
  uint64_t chain = before;
  std::string bytes = storage::EncodeLogRow(row, changes, &chain);
  storage::LogRow read;
  ExpectOk(read.Decode(kRevision, bytes), "a changelog row reads back");
  Expect(read.Follows(before) && read.chain() == chain, "a row is chained");
  Expect(read.record().changes.size() == written.size(), "no change is lost");
  for (size_t i = 0; i < written.size(); ++i) {
    const Change& change = read.record().changes[i];
    Expect(change.kind == written[i]->change.kind &&
               change.key == written[i]->change.key &&
               Same(change.value, written[i]->change.value),
           "a change reads back");
  }
  const char flip = static_cast<char>(in->Byte());
  if (flip == 0) return;
  bytes[in->Number(2) % bytes.size()] ^= flip;
  Expect(!read.Decode(kRevision, bytes).ok() || !read.Follows(before),
         "a damaged row is noticed");
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  ByteSource in(data, size);
  switch (in.Below(4)) {
    case 0:
      CheckRowBytes(in.Rest());
      break;
    case 1:
      CheckRow(&in);
      break;
    case 2:
      CheckLogBytes(&in);
      break;
    default:
      CheckLogRow(&in);
  }
  return 0;
}
