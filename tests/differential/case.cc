#include "differential/case.h"

#include <fmt/format.h>

#include <set>

namespace kith::differential {
namespace {

constexpr size_t kUpdatesInWrite = 500;

std::set<std::string> SubjectIds(const Reply& reply) {
  std::set<std::string> ids = {"unheard-of"};
  for (const auto& [key, value] : reply.values) {
    if (key != kWildcardId) ids.insert(key[0] == '!' ? key.substr(1) : key);
  }
  return ids;
}

bool SameSubjects(const Reply& a, const Reply& b) {
  std::set<std::string> ids = SubjectIds(a);
  ids.merge(SubjectIds(b));
  for (const std::string& id : ids) {
    if (SaidOf(a, id) != SaidOf(b, id)) return false;
  }
  return true;
}

}  // namespace

std::string_view ApiName(Api api) {
  switch (api) {
    case Api::kSchema:
      return "schema";
    case Api::kCheck:
      return "check";
    case Api::kBulk:
      return "bulk check";
    case Api::kResources:
      return "lookup of resources";
    case Api::kSubjects:
      return "lookup of subjects";
    case Api::kExpand:
      return "expand";
    case Api::kRead:
      return "read";
  }
  return "";
}

std::string Case::ToString() const {
  if (api == Api::kSchema) return "the world";
  if (api != Api::kRead) {
    return fmt::format("{} {}", ApiName(api), question.ToString());
  }
  return fmt::format(
      "read type '{}' id '{}' prefix '{}' relation '{}' subject '{}'",
      filter.resource_type, filter.resource_id, filter.resource_id_prefix,
      filter.relation,
      filter.subject ? filter.subject->type + ":" + filter.subject->id : "");
}

Reply Load(const World& world, Endpoint* endpoint) {
  Reply reply = endpoint->Clear();
  if (reply.ok())
    reply = endpoint->WriteSchema(property::SchemaText(world.schema));
  const auto& all = world.relationships;
  for (size_t at = 0; at < all.size() && reply.ok(); at += kUpdatesInWrite) {
    const size_t end = std::min(all.size(), at + kUpdatesInWrite);
    reply = endpoint->Write({all.begin() + static_cast<long>(at),
                             all.begin() + static_cast<long>(end)});
  }
  return reply;
}

Reply Ask(const Case& one, Endpoint* endpoint) {
  switch (one.api) {
    case Api::kSchema:
      return {};
    case Api::kCheck:
      return endpoint->Check(one.question);
    case Api::kBulk:
      return endpoint->CheckBulk({one.question}).front();
    case Api::kResources:
      return endpoint->LookupResources(one.question);
    case Api::kSubjects:
      return endpoint->LookupSubjects(one.question);
    case Api::kExpand:
      return endpoint->Expand(one.question);
    case Api::kRead:
      return endpoint->Read(one.filter);
  }
  return {};
}

std::string SaidOf(const Reply& subjects, const std::string& id) {
  const auto& values = subjects.values;
  if (const auto it = values.find(id); it != values.end()) return it->second;
  const auto wildcard = values.find(std::string(kWildcardId));
  if (wildcard == values.end()) return kNo;
  const auto excluded = values.find("!" + id);
  if (excluded == values.end()) return wildcard->second;
  return excluded->second == kYes ? kNo : kConditional;
}

bool Agree(const Case& one, const Reply& ours, const Reply& theirs,
           bool names) {
  if (ours.ok() != theirs.ok()) return false;
  if (!ours.ok()) {
    const bool both = !ours.reason.empty() && !theirs.reason.empty();
    return ours.code == theirs.code && (!both || ours.reason == theirs.reason);
  }
  // What is missing is compared where there is one form of the answer.
  if (one.api == Api::kSubjects) return SameSubjects(ours, theirs);
  return ours.values == theirs.values &&
         (!names || ours.missing == theirs.missing);
}

}  // namespace kith::differential
