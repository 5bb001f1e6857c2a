#include "tools/kith/expand_tree.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/kith/tree_pens.h"

namespace kith::tool {
namespace {

std::string_view OperationName(ExpandTree::Kind kind) {
  switch (kind) {
    case ExpandTree::Kind::kUnion:
      return "union";
    case ExpandTree::Kind::kIntersection:
      return "intersection";
    case ExpandTree::Kind::kExclusion:
      return "exclusion";
    case ExpandTree::Kind::kLeaf:
      break;
  }
  return "leaf";
}

// Trees are as deep as a permission's expression, which the schema's parser
// bounds, so recursion is safe.
class Drawing {
 public:
  explicit Drawing(const TreePens& pens) : pens_(pens) {}

  void Node(const ExpandTree& node, std::string_view role,
            const std::string& indent) {
    text_ +=
        fmt::format("{}{}#{}", role, node.object.ToString(), node.relation);
    if (node.kind == ExpandTree::Kind::kLeaf) {
      text_ += node.subjects.empty() ? " (no subjects)\n" : "\n";
    } else {
      text_ += fmt::format(" ({})\n", OperationName(node.kind));
    }
    const size_t count = node.subjects.size() + node.children.size();
    size_t index = 0;
    for (const SubjectRef& subject : node.subjects) {
      text_ += indent;
      text_ += ++index == count ? pens_.last : pens_.branch;
      text_ += subject.ToString() + "\n";
    }
    for (size_t child = 0; child < node.children.size(); ++child) {
      const bool last = ++index == count;
      text_ += indent;
      text_ += last ? pens_.last : pens_.branch;
      const bool subtracted =
          node.kind == ExpandTree::Kind::kExclusion && child > 0;
      Node(node.children[child], subtracted ? "minus " : "",
           indent + std::string(last ? pens_.blank : pens_.pass));
    }
  }

  std::string Take() { return std::move(text_); }

 private:
  const TreePens& pens_;
  std::string text_;
};

}  // namespace

std::string DrawExpandTree(const ExpandTree& tree, bool unicode) {
  Drawing drawing(unicode ? kUnicodePens : kAsciiPens);
  drawing.Node(tree, "", "");
  return drawing.Take();
}

Json JsonOf(const ExpandTree& tree) {
  Json json = {{"object", JsonOf(tree.object)},
               {"relation", tree.relation},
               {"kind", OperationName(tree.kind)}};
  if (tree.kind == ExpandTree::Kind::kLeaf) {
    json["subjects"] = Json::array();
    for (const SubjectRef& subject : tree.subjects) {
      json["subjects"].push_back(JsonOf(subject));
    }
    return json;
  }
  json["children"] = Json::array();
  for (const ExpandTree& child : tree.children) {
    json["children"].push_back(JsonOf(child));
  }
  return json;
}

}  // namespace kith::tool
