// Keys of relationship rows: they sort as their order says, are equal for equal
// relationships only, and read back. Bytes that nobody wrote either do not
// decode or are what encoding gives.

#include <compare>
#include <string>
#include <tuple>

#include "fuzz/byte_source.h"
#include "fuzz/expect.h"
#include "storage/row_codec.h"

namespace kith::fuzz {
namespace {

using storage::ScanOrder;
using storage::Symbol;
using storage::TupleKey;

struct Key {
  std::string resource_id;
  std::string subject_id;
  TupleKey view;

  explicit Key(ByteSource* in) {
    resource_id = in->Text(8);
    subject_id = in->Text(8);
    std::erase(resource_id, '\0');
    std::erase(subject_id, '\0');
    view = {.resource_type = Name(in),
            .resource_id = resource_id,
            .relation = Name(in),
            .subject_type = Name(in),
            .subject_id = subject_id,
            .subject_relation = Name(in)};
  }

  static Symbol Name(ByteSource* in) {
    return static_cast<Symbol>(in->Number(2));
  }
};

auto Forward(const TupleKey& key) {
  return std::tuple(key.resource_type, key.resource_id, key.relation,
                    key.subject_type, key.subject_id, key.subject_relation);
}
auto Reverse(const TupleKey& key) {
  return std::tuple(key.subject_type, key.subject_id, key.subject_relation,
                    key.resource_type, key.relation, key.resource_id);
}
std::strong_ordering Compare(ScanOrder order, const TupleKey& a,
                             const TupleKey& b) {
  return order == ScanOrder::kForward ? Forward(a) <=> Forward(b)
                                      : Reverse(a) <=> Reverse(b);
}

std::string Encoded(ScanOrder order, const TupleKey& key) {
  std::string bytes;
  AppendKey(order, key, &bytes);
  return bytes;
}

void CheckHistory(ScanOrder order, const std::string& key, uint64_t ended) {
  std::string bytes;
  AppendHistoryKey(order, key, ended, &bytes);
  storage::HistoryKey read;
  Expect(DecodeHistoryKey(order, bytes, &read), "a history key reads back");
  Expect(read.ended == ended &&
             std::string(read.unit) + std::string(read.rest) == key,
         "a history key holds its key and when it ended");
}

void CheckKeys(ScanOrder order, const TupleKey& a, const TupleKey& b,
               uint64_t ended) {
  const std::string a_bytes = Encoded(order, a);
  const std::string b_bytes = Encoded(order, b);
  Expect((a_bytes <=> b_bytes) == Compare(order, a, b),
         "keys sort as their order says, and only equal ones are equal");
  TupleKey read;
  Expect(DecodeKey(order, a_bytes, &read) && read == a, "a key reads back");
  const size_t unit = UnitSize(order, a_bytes);
  Expect(unit > 0 && UnitSize(order, a_bytes.substr(0, unit)) == unit &&
             UnitSize(order, a_bytes.substr(0, unit - 1)) == 0,
         "the unit of a key is known from the unit alone");
  CheckHistory(order, a_bytes, ended);
}

void CheckBytes(ScanOrder order, const std::string& bytes) {
  TupleKey key;
  if (DecodeKey(order, bytes, &key)) {
    Expect(Encoded(order, key) == bytes, "what decodes was encoded");
  }
  Expect(UnitSize(order, bytes) <= bytes.size() &&
             storage::ObjectSize(bytes) <= bytes.size(),
         "a part is no longer than the whole");
  storage::HistoryKey history;
  if (DecodeHistoryKey(order, bytes, &history)) {
    std::string again;
    AppendHistoryKey(order,
                     std::string(history.unit) + std::string(history.rest),
                     history.ended, &again);
    Expect(again == bytes, "what decodes was encoded");
  }
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  ByteSource in(data, size);
  const auto order = in.Flag() ? kith::storage::ScanOrder::kForward
                               : kith::storage::ScanOrder::kReverse;
  if (in.Flag()) {
    CheckBytes(order, in.Rest());
  } else {
    const Key a(&in);
    const Key b(&in);
    CheckKeys(order, a.view, b.view, in.Number(8));
  }
  return 0;
}
