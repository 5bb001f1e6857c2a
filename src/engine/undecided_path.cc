#include "engine/undecided_path.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "kith/values.h"

namespace kith::engine {
namespace {

// Objects named at either end of a long chain.
constexpr size_t kNamedAtStart = 3;
constexpr size_t kNamedAtEnd = 2;

// The operand that leads on: undecided, and not seen if there is one.
const Graph::Operand* Next(const Graph& graph, const Resolution& resolution,
                           Graph::NodeId at, const std::vector<bool>& seen) {
  const Graph::Operand* next = nullptr;
  for (const Graph::Operand& operand : graph.operands(at)) {
    const Bounds& child = resolution.bounds[operand.child];
    const bool undecided =
        And(child.lower, operand.cap) != And(child.upper, operand.cap);
    if (!undecided) continue;
    if (!seen[operand.child]) return &operand;
    if (next == nullptr) next = &operand;
  }
  return next;
}

}  // namespace

std::string UndecidedPath(const Graph& graph, const Resolution& resolution,
                          const Objects& objects, const Programs& programs) {
  std::vector<bool> seen(graph.size(), false);
  std::vector<ObjectId> chain;
  Graph::NodeId at = Graph::kRoot;
  while (true) {
    const ObjectId object = graph.node(at).object;
    if (chain.empty() || chain.back() != object) chain.push_back(object);
    if (seen[at]) break;
    seen[at] = true;
    const Graph::Operand* const next = Next(graph, resolution, at, seen);
    if (next == nullptr) break;
    at = next->child;
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain.size() > kNamedAtStart + kNamedAtEnd + 1 && i == kNamedAtStart) {
      names.emplace_back("...");
      i = chain.size() - kNamedAtEnd;
    }
    const Objects::Object& object = objects[chain[i]];
    names.push_back(
        ObjectRef(programs.name(object.type), object.id).ToString());
  }
  return absl::StrJoin(names, " -> ");
}

}  // namespace kith::engine
