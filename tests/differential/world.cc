#include "differential/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace kith::differential {
namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/|-+";

// Without '_' and '=', which PlainId writes for other things.
bool IsPlain(char c) { return kPlain.find(c) != std::string_view::npos; }

}  // namespace

std::string PlainId(const std::string& id) {
  if (id == kWildcardId) return id;
  std::string plain;
  for (const char c : id) {
    if (IsPlain(c)) {
      plain += c;
    } else {
      plain += fmt::format("_{:02x}", static_cast<unsigned char>(c));
    }
  }
  return plain;
}

World MakeWorld(const property::Model& model) {
  World world;
  world.schema = model.schema;
  world.contexts = model.contexts;
  property::State state;
  for (size_t i = 0; i < std::min<size_t>(2, model.phases.size()); ++i) {
    for (const property::Step& step : model.phases[i].steps) state.Apply(step);
  }
  for (Relationship& r : state.All()) {
    if (r.expires_at) {
      if (*r.expires_at <= model.start) continue;
      r.expires_at = absl::FromUnixSeconds(4'000'000'000);
    }
    r.resource.id = PlainId(r.resource.id);
    r.subject.object.id = PlainId(r.subject.object.id);
    world.relationships.push_back(std::move(r));
  }
  for (const ObjectRef& object : model.objects) {
    world.objects.emplace_back(object.type, PlainId(object.id));
  }
  for (const SubjectRef& subject : model.subjects) {
    const ObjectRef object(subject.object.type, PlainId(subject.object.id));
    world.subjects.emplace_back(object, subject.relation);
    world.objects.push_back(object);
  }
  return world;
}

}  // namespace kith::differential
