#pragma once

#include <string>
#include <variant>
#include <vector>

#include "schema/schema.h"

// A schema text as written: partials and imports not yet resolved, statements
// in the author's order, comments kept. Ranges are those of names.

namespace kith::schema {

// How a statement stands in the text. Comments before it and between its
// tokens are its doc comment.
struct Layout {
  std::string trailing;  // after it on the same line
  bool blank_before = false;
};

// `...name` in a body: the members of that partial.
struct Splice {
  std::string partial;
  std::string doc;
  Range range;
};

struct Member {
  std::variant<Relation, Permission, Splice> what;
  Layout layout;
  size_t bytes = 0;  // of source text, comments included
};

// A definition or a partial.
struct Block {
  bool is_partial = false;
  std::string name;
  std::string doc;
  std::vector<Member> members;
  std::string opening;  // comment after `{` on the same line
  std::string closing;  // comments before `}`
  Range range;
};

struct Use {
  std::string flag;
  std::string doc;
};

struct Import {
  std::string path;  // quotes included
  std::string doc;
  Range range;
};

struct Item {
  std::variant<Use, Import, Block, Caveat> what;
  Layout layout;
};

struct File {
  std::vector<Item> items;
  std::string closing;  // comments after the last item
};

}  // namespace kith::schema
