#include "model/filter_text.h"

#include <fmt/format.h>

#include "model/utf8.h"

namespace kith {

std::vector<std::pair<std::string_view, std::string_view>> FilterFields(
    const RelationshipFilter& filter) {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add("resource_type", filter.resource_type);
  add("resource_id", filter.resource_id);
  add("resource_id_prefix", filter.resource_id_prefix);
  add("relation", filter.relation);
  if (filter.subject) {
    add("subject_type", filter.subject->type);
    add("subject_id", filter.subject->id);
    if (filter.subject->relation) {
      fields.emplace_back("subject_relation", *filter.subject->relation);
    }
  }
  return fields;
}

std::string DescribeFilter(const RelationshipFilter& filter) {
  std::string text;
  for (const auto& [name, value] : FilterFields(filter)) {
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", name, Quoted(value));
  }
  return text;
}

}  // namespace kith
