#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "kith/value.h"
#include "kith/values.h"
#include "tools/kith/terminal.h"

namespace kith::tool {

using Json = nlohmann::ordered_json;

// Where results go: text for people or, under --json, one object a line.
// Results are on standard output, everything else on standard error.
class Output {
 public:
  explicit Output(Terminal& terminal) : terminal_(terminal) {}

  bool json = false;  // the --json flag

  Terminal& terminal() const { return terminal_; }

  // One result, in the form that was asked for.
  void Result(std::string_view text, const Json& object);
  // Text as it stands, without a line end of its own.
  void Raw(std::string_view text);
  // A remark for people; silent under --json.
  void Note(std::string_view text);

 private:
  Terminal& terminal_;
};

Json JsonOf(const Struct& value);
Json JsonOf(const ObjectRef& object);
Json JsonOf(const SubjectRef& subject);
// The text form and its parts.
Json JsonOf(const Relationship& relationship);

}  // namespace kith::tool
