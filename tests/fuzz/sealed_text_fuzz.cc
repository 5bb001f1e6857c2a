// Tokens and cursors. The first byte chooses: the rest is a text that nobody
// made, which must be refused unless it is exactly what encoding gives; or a
// recipe for a valid one and for its damage, which must be refused unless the
// damage undid itself.

#include <string>
#include <string_view>

#include "db/cursor.h"
#include "db/token.h"
#include "fuzz/byte_source.h"
#include "fuzz/expect.h"

namespace kith::fuzz {
namespace {

using db::CursorCodec;
using db::TokenCodec;

constexpr std::string_view kDatabase = "one-of-databases";
constexpr std::string_view kOther = "another-database";
constexpr std::string_view kKey = "key-of-16-bytes!";

const TokenCodec& Tokens() {
  static const auto codec = TokenCodec::Create(kDatabase, kKey).value();
  return *codec;
}
const TokenCodec& TokensOfAnother() {
  static const auto codec = TokenCodec::Create(kOther, kKey).value();
  return *codec;
}
const CursorCodec& Cursors() {
  static const auto codec = CursorCodec::Create(kDatabase, kKey).value();
  return *codec;
}
const CursorCodec& CursorsOfAnother() {
  static const auto codec = CursorCodec::Create(kOther, kKey).value();
  return *codec;
}

// Accepts only what Encode gives: there is one text for each revision.
void ExpectAuthenticToken(std::string_view text) {
  const auto revision = Tokens().Decode(text);
  if (!revision.ok()) return ExpectRefusal(revision.status());
  Expect(Tokens().Encode(*revision) == text, "a token is authentic", text);
  Expect(!TokensOfAnother().Decode(text).ok(),
         "a token is of one database only", text);
}

void ExpectAuthenticCursor(std::string_view text, std::string_view digest) {
  const auto position = Cursors().Decode(text, digest);
  if (!position.ok()) return ExpectRefusal(position.status());
  Expect(Cursors().Encode(position->revision, digest, position->last.view()) ==
             text,
         "a cursor is authentic", text);
  Expect(!CursorsOfAnother().Decode(text, digest).ok(),
         "a cursor is of one database only", text);
}

// Overwrites, inserts, deletes, cuts.
std::string Damaged(std::string text, ByteSource* in) {
  while (!in->empty()) {
    const uint32_t what = in->Below(4);
    const size_t at = in->Below(static_cast<uint32_t>(text.size()) + 1);
    const char byte = static_cast<char>(in->Byte());
    if (what == 0) {
      text.insert(at, 1, byte);
    } else if (at < text.size()) {
      if (what == 1) text[at] = byte;
      if (what == 2) text.erase(at, 1);
      if (what == 3) text.resize(at);
    }
  }
  return text;
}

void CheckToken(ByteSource* in) {
  const uint64_t revision = in->Number(8);
  const std::string valid = Tokens().Encode(revision);
  const auto decoded = Tokens().Decode(valid);
  Expect(decoded.ok() && *decoded == revision, "a token round trips", valid);
  const std::string damaged = Damaged(valid, in);
  Expect(damaged == valid || !Tokens().Decode(damaged).ok(),
         "a damaged token is refused", damaged);
  Expect(!Cursors().Decode(valid, std::string(16, '\0')).ok(),
         "a token is no cursor", valid);
  ExpectAuthenticToken(damaged);
}

void CheckCursor(ByteSource* in) {
  std::string digest = in->Text(16);
  digest.resize(16);
  std::string other = digest;
  other[in->Below(16)] ^= 1;
  const uint64_t revision = in->Number(8);
  std::string resource = in->Text();
  std::string subject = in->Text();
  std::erase(resource, '\0');
  std::erase(subject, '\0');
  const storage::TupleKey key = {
      .resource_type = static_cast<storage::Symbol>(in->Number(2)),
      .resource_id = resource,
      .relation = static_cast<storage::Symbol>(in->Number(2)),
      .subject_type = static_cast<storage::Symbol>(in->Number(2)),
      .subject_id = subject,
      .subject_relation = static_cast<storage::Symbol>(in->Number(2))};
  const std::string valid = Cursors().Encode(revision, digest, key);
  const auto decoded = Cursors().Decode(valid, digest);
  Expect(decoded.ok() && decoded->revision == revision &&
             decoded->last.view() == key,
         "a cursor round trips", valid);
  Expect(!Cursors().Decode(valid, other).ok(),
         "a cursor of another query is refused", valid);
  Expect(!Tokens().Decode(valid).ok(), "a cursor is no token", valid);
  const std::string damaged = Damaged(valid, in);
  Expect(damaged == valid || !Cursors().Decode(damaged, digest).ok(),
         "a damaged cursor is refused", damaged);
  ExpectAuthenticCursor(damaged, digest);
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  ByteSource in(data, size);
  switch (in.Below(4)) {
    case 0:
      ExpectAuthenticToken(in.Rest());
      break;
    case 1:
      ExpectAuthenticCursor(in.Rest(), std::string(16, 'd'));
      break;
    case 2:
      CheckToken(&in);
      break;
    default:
      CheckCursor(&in);
  }
  return 0;
}
