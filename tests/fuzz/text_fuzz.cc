// Texts of relationships and their parts, JSON and times. The first byte
// chooses what the rest is. What parses prints as a text that parses to the
// same; what does not is refused as a value too.

#include <string>
#include <string_view>

#include "base/json_text.h"
#include "fuzz/byte_source.h"
#include "fuzz/expect.h"
#include "kith/values.h"
#include "model/json_string.h"
#include "model/rfc3339.h"
#include "model/utf8.h"
#include "model/validate.h"
#include "model/value_json.h"

namespace kith::fuzz {
namespace {

template <typename T>
void CheckReference(std::string_view text,
                    absl::Status (*validate)(const T&, std::string_view)) {
  const T lenient{text};
  const auto parsed = T::Parse(text);
  if (!parsed.ok()) {
    ExpectRefusal(parsed.status());
    ExpectRefusal(validate(lenient, "field"));
    return;
  }
  Expect(lenient == *parsed, "both ways to parse agree", text);
  const std::string printed = parsed->ToString();
  const auto again = T::Parse(printed);
  ExpectOk(again.status(), "what is printed parses");
  Expect(*again == *parsed, "what is printed is the same", printed);
  Expect(again->ToString() == printed, "printing settles at once", printed);
  const absl::Status valid = validate(*parsed, "field");
  if (!valid.ok()) ExpectRefusal(valid);
}

void CheckJson(std::string_view text) {
  const auto parsed = StructFromJson(text);
  if (!parsed.ok()) return ExpectRefusal(parsed.status());
  const std::string printed = ToJson(*parsed);
  const auto again = StructFromJson(printed);
  ExpectOk(again.status(), "what is printed is JSON");
  Expect(*again == *parsed, "what is printed is the same", printed);
  Expect(ToJson(*again) == printed, "equal values print alike", printed);
  ExpectOk(ValidateContext(*parsed, "field"), "JSON can be context");
}

void CheckTime(std::string_view text) {
  const auto parsed = ParseRfc3339(text);
  if (!parsed.has_value()) return;
  const std::string printed = ToRfc3339(*parsed);
  Expect(ParseRfc3339(printed) == parsed, "a time prints as itself", printed);
}

void CheckQuoting(std::string_view text) {
  Expect(IsPrintableUtf8(Quoted(text)), "error messages are printable", text);
  Expect(!IsPrintableUtf8(text) || IsUtf8(text), "printable is UTF-8", text);
  const auto length = JsonStringLength(text);
  Expect(!length.has_value() || *length <= text.size(),
         "a string ends within its text");
  std::string json;
  AppendJsonString(&json, text);
  if (IsUtf8(text)) {
    Expect(UnquoteJsonString(json) == text, "a JSON string reads back", text);
    Expect(JsonStringLength(json) == json.size(), "it ends at its end", text);
  }
  UnquoteJsonString(text);
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  ByteSource in(data, size);
  const uint32_t what = in.Below(6);
  const std::string text = in.Rest();
  switch (what) {
    case 0:
      CheckReference<kith::Relationship>(text, kith::ValidateRelationship);
      break;
    case 1:
      CheckReference<kith::ObjectRef>(text, kith::ValidateResource);
      break;
    case 2:
      CheckReference<kith::SubjectRef>(text, kith::ValidateSubject);
      break;
    case 3:
      CheckJson(text);
      break;
    case 4:
      CheckTime(text);
      break;
    default:
      CheckQuoting(text);
  }
  return 0;
}
