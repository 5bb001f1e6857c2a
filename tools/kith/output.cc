#include "tools/kith/output.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "model/value_json.h"

namespace kith::tool {

void Output::Result(std::string_view text, const Json& object) {
  if (json) {
    // Ids are UTF-8 by contract; a peer's bytes are not trusted to be.
    terminal_.out << object.dump(-1, ' ', false, Json::error_handler_t::replace)
                  << '\n';
  } else {
    terminal_.out << text << '\n';
  }
}

void Output::Raw(std::string_view text) { terminal_.out << text; }

void Output::Note(std::string_view text) {
  if (!json) terminal_.err << text << '\n';
}

Json JsonOf(const Struct& value) { return Json::parse(ToJson(value)); }

Json JsonOf(const ObjectRef& object) {
  return {{"type", object.type}, {"id", object.id}};
}

Json JsonOf(const SubjectRef& subject) {
  Json json = JsonOf(subject.object);
  if (!subject.relation.empty()) json["relation"] = subject.relation;
  return json;
}

Json JsonOf(const Relationship& relationship) {
  Json json = {{"relationship", relationship.ToString()},
               {"resource", JsonOf(relationship.resource)},
               {"relation", relationship.relation},
               {"subject", JsonOf(relationship.subject)}};
  if (relationship.caveat.has_value()) {
    json["caveat"] = {{"name", relationship.caveat->name},
                      {"context", JsonOf(relationship.caveat->context)}};
  }
  if (relationship.expires_at.has_value()) {
    json["expires_at"] = absl::FormatTime(
        absl::RFC3339_full, *relationship.expires_at, absl::UTCTimeZone());
  }
  return json;
}

}  // namespace kith::tool
