#include "tools/kith/filter.h"

#include <fmt/format.h>

#include <optional>

#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/validation/quoted_text.h"

namespace kith::tool {
namespace {

struct Split {
  std::string_view before;
  std::optional<std::string_view> after;
};

Split SplitAt(std::string_view text, char mark) {
  const size_t at = FindUnquoted(
      text, [mark](std::string_view rest) { return rest.starts_with(mark); });
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

// The id of `type:id`, with quotes undone.
absl::StatusOr<std::string> ParseId(std::string_view type,
                                    std::string_view id) {
  if (id.empty()) {
    return UsageError(fmt::format("no id behind \"{}:\"", type));
  }
  if (!id.starts_with('"')) return std::string(id);
  KITH_ASSIGN_OR_RETURN(ObjectRef object,
                        ObjectRef::Parse(fmt::format("{}:{}", type, id)));
  return std::move(object.id);
}

}  // namespace

absl::StatusOr<SubjectFilter> ParseSubjectFilter(std::string_view text) {
  SubjectFilter filter;
  const Split relation = SplitAt(text, '#');
  const Split object = SplitAt(relation.before, ':');
  filter.type = std::string(object.before);
  if (filter.type.empty()) {
    return UsageError(
        fmt::format("the subject filter \"{}\" has no type", text));
  }
  if (object.after.has_value()) {
    KITH_ASSIGN_OR_RETURN(filter.id, ParseId(object.before, *object.after));
  }
  if (relation.after.has_value()) {
    if (relation.after->empty()) {
      return UsageError(fmt::format("no relation behind \"{}\"", text));
    }
    filter.relation = *relation.after == kEllipsis
                          ? std::string()
                          : std::string(*relation.after);
  }
  return filter;
}

absl::StatusOr<RelationshipFilter> ParseFilter(std::string_view text) {
  RelationshipFilter filter;
  const Split subject = SplitAt(text, '@');
  const Split relation = SplitAt(subject.before, '#');
  const Split object = SplitAt(relation.before, ':');
  filter.resource_type = std::string(object.before);
  if (object.after.has_value()) {
    std::string_view id = *object.after;
    if (id.size() > 1 && id.ends_with('*') && !id.starts_with('"')) {
      filter.resource_id_prefix = std::string(id.substr(0, id.size() - 1));
    } else {
      KITH_ASSIGN_OR_RETURN(filter.resource_id, ParseId(object.before, id));
    }
  }
  if (relation.after.has_value()) {
    if (relation.after->empty()) {
      return UsageError(
          fmt::format("no relation behind \"{}\"", subject.before));
    }
    filter.relation = std::string(*relation.after);
  }
  if (subject.after.has_value()) {
    KITH_ASSIGN_OR_RETURN(filter.subject, ParseSubjectFilter(*subject.after));
  }
  if (filter == RelationshipFilter{}) {
    return UsageError("the filter is empty");
  }
  return filter;
}

std::string FilterText(const RelationshipFilter& filter) {
  std::string text = filter.resource_type;
  if (!filter.resource_id.empty()) {
    text = ObjectRef(filter.resource_type, filter.resource_id).ToString();
  } else if (!filter.resource_id_prefix.empty()) {
    text += fmt::format(":{}*", filter.resource_id_prefix);
  }
  if (!filter.relation.empty()) text += "#" + filter.relation;
  if (!filter.subject.has_value()) return text;
  const SubjectFilter& subject = *filter.subject;
  text += "@";
  text += subject.id.empty() ? subject.type
                             : ObjectRef(subject.type, subject.id).ToString();
  if (subject.relation.has_value()) {
    text += fmt::format(
        "#{}", subject.relation->empty() ? kEllipsis : *subject.relation);
  }
  return text;
}

}  // namespace kith::tool
