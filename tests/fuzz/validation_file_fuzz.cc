// The input is a validation file: whatever it is, it is read or refused.

#include <string>

#include "fuzz/expect.h"
#include "tools/kith/validation/question.h"
#include "tools/kith/validation/validation_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  const std::string text(AsText(data, size));
  // The files that it could name are not the fuzzer's business.
  if (text.find("schemaFile") != std::string::npos) return 0;
  const auto file = kith::tool::ValidationFile::Parse("fuzzed.yaml", text);
  if (file.ok()) {
    for (const auto& problem : file->problems) {
      Expect(!problem.message.empty(), "a problem says what it is");
    }
    for (const auto& assertion : file->assertions) {
      Expect(!assertion.question.permission.empty(), "an assertion asks");
    }
  }
  const auto question = kith::tool::ParseQuestion(text);
  if (!question.ok()) ExpectRefusal(question.status());
  const auto expected = kith::tool::ParseExpectedSubject(text);
  if (!expected.ok()) ExpectRefusal(expected.status());
  return 0;
}
