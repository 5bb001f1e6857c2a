
#include "base/status_macros.h"
#include "schema/schema.h"
#include "schema/source_text.h"
#include "schema/syntax/ast.h"
#include "schema/syntax/parser.h"

// Formatting works on the text as parsed, not on the schema: partials, order
// and every comment stay.

namespace kith::schema {
namespace {

void AppendEndOfLine(const Layout& layout, std::string* out) {
  if (!layout.trailing.empty()) *out += " " + layout.trailing;
  *out += '\n';
}

const std::string& DocOf(const Member& member) {
  return std::visit([](const auto& m) -> const std::string& { return m.doc; },
                    member.what);
}

std::string TextOf(const Member& member) {
  if (const auto* relation = std::get_if<Relation>(&member.what)) {
    return ToText(*relation);
  }
  if (const auto* permission = std::get_if<Permission>(&member.what)) {
    return ToText(*permission);
  }
  return "..." + std::get<Splice>(member.what).partial;
}

void AppendBlock(const Block& block, std::string* out) {
  *out += block.is_partial ? "partial " : "definition ";
  *out += block.name + " {";
  if (block.members.empty() && block.opening.empty() && block.closing.empty()) {
    *out += '}';
    return;
  }
  if (!block.opening.empty()) *out += " " + block.opening;
  *out += '\n';
  bool first = true;
  for (const Member& member : block.members) {
    if (member.layout.blank_before && !first) *out += '\n';
    first = false;
    AppendComment(DocOf(member), "\t", out);
    *out += "\t" + TextOf(member);
    AppendEndOfLine(member.layout, out);
  }
  AppendComment(block.closing, "\t", out);
  *out += '}';
}

void AppendItem(const Item& item, std::string* out) {
  const std::string& doc = std::visit(
      [](const auto& i) -> const std::string& { return i.doc; }, item.what);
  AppendComment(doc, "", out);
  if (const auto* use = std::get_if<Use>(&item.what)) {
    *out += "use " + use->flag;
  } else if (const auto* import = std::get_if<Import>(&item.what)) {
    *out += "import " + import->path;
  } else if (const auto* block = std::get_if<Block>(&item.what)) {
    AppendBlock(*block, out);
  } else {
    *out += ToText(std::get<Caveat>(item.what));
  }
  AppendEndOfLine(item.layout, out);
}

// `use` and `import` lines may stand together; all else is set apart.
bool NeedsEmptyLine(const Item& before, const Item& item) {
  const bool lines = item.what.index() < 2;
  return !lines || before.what.index() != item.what.index() ||
         item.layout.blank_before;
}

}  // namespace

absl::StatusOr<std::string> Format(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(const File file, Parse(text));
  std::string out;
  const Item* before = nullptr;
  for (const Item& item : file.items) {
    if (before != nullptr && NeedsEmptyLine(*before, item)) out += '\n';
    AppendItem(item, &out);
    before = &item;
  }
  if (before != nullptr && !file.closing.empty()) out += '\n';
  AppendComment(file.closing, "", &out);
  return out;
}

}  // namespace kith::schema
