#include <algorithm>
#include <set>
#include <vector>

#include "schema/schema.h"
#include "schema/source_text.h"

namespace kith::schema {
namespace {

template <typename T>
std::vector<const T*> SortedByName(const std::vector<T>& items) {
  std::vector<const T*> sorted;
  sorted.reserve(items.size());
  for (const T& item : items) sorted.push_back(&item);
  std::sort(sorted.begin(), sorted.end(),
            [](const T* a, const T* b) { return a->name < b->name; });
  return sorted;
}

bool HasSelf(const Expression& e) {
  return e.kind == Expression::Kind::kSelf ||
         std::any_of(e.operands.begin(), e.operands.end(), HasSelf);
}

// What the schema declares, and what a schema put together by a program needs.
std::set<std::string> Flags(const Schema& schema) {
  std::set<std::string> flags(schema.uses().begin(), schema.uses().end());
  for (const Definition& definition : schema.definitions()) {
    for (const Relation& relation : definition.relations) {
      for (const AllowedSubject& allowed : relation.allowed) {
        if (allowed.expiration) flags.insert("expiration");
      }
    }
    for (const Permission& permission : definition.permissions) {
      if (HasSelf(permission.expression)) flags.insert("self");
    }
  }
  return flags;
}

// An empty line between two paragraphs.
void BeginParagraph(std::string* out) {
  if (!out->empty()) *out += '\n';
}

void AppendDefinition(const Definition& definition, std::string* out) {
  AppendComment(definition.doc, "", out);
  *out += "definition " + definition.name + " {";
  if (definition.relations.empty() && definition.permissions.empty()) {
    *out += "}\n";
    return;
  }
  *out += '\n';
  for (const Relation& relation : definition.relations) {
    AppendComment(relation.doc, "\t", out);
    *out += "\t" + ToText(relation) + "\n";
  }
  if (!definition.relations.empty() && !definition.permissions.empty()) {
    *out += '\n';
  }
  for (const Permission& permission : definition.permissions) {
    AppendComment(permission.doc, "\t", out);
    *out += "\t" + ToText(permission) + "\n";
  }
  *out += "}\n";
}

}  // namespace

std::string Print(const Schema& schema) {
  std::string out;
  for (const std::string& flag : Flags(schema)) out += "use " + flag + "\n";
  for (const Caveat* caveat : SortedByName(schema.caveats())) {
    BeginParagraph(&out);
    AppendComment(caveat->doc, "", &out);
    out += ToText(*caveat) + "\n";
  }
  for (const Definition* definition : SortedByName(schema.definitions())) {
    BeginParagraph(&out);
    AppendDefinition(*definition, &out);
  }
  return out;
}

}  // namespace kith::schema
