#include "schema/analysis/resolve.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/diagnostic.h"
#include "schema/limits.h"
#include "schema/suggestion.h"

namespace kith::schema {
namespace {

absl::Status Duplicate(std::string_view what, std::string_view name,
                       const Range& range, std::string_view first_what,
                       std::string_view first_line) {
  return ParseError(
      {range, std::string(name),
       fmt::format("duplicate name {}: expected a name for this {} that is "
                   "not in use",
                   Quoted(name), what),
       fmt::format("there is a {} of that name on {}", first_what,
                   first_line)});
}

struct Declared {
  std::string_view what;
  Range range;
};
struct DeclaredNames {
  const LineName& line_name;
  absl::flat_hash_map<std::string_view, Declared> names = {};
};

absl::Status Declare(std::string_view what, std::string_view name,
                     const Range& range, DeclaredNames* names) {
  const auto [it, is_new] =
      names->names.try_emplace(name, Declared{what, range});
  if (is_new) return absl::OkStatus();
  return Duplicate(what, name, range, it->second.what,
                   names->line_name(it->second.range.begin.line));
}

absl::Status DeclareItems(const File& file, DeclaredNames* names) {
  for (const Item& item : file.items) {
    if (const auto* block = std::get_if<Block>(&item.what)) {
      KITH_RETURN_IF_ERROR(Declare(block->is_partial ? "partial" : "definition",
                                   block->name, block->range, names));
    } else if (const auto* caveat = std::get_if<Caveat>(&item.what)) {
      KITH_RETURN_IF_ERROR(
          Declare("caveat", caveat->name, caveat->range, names));
    } else if (const auto* import = std::get_if<Import>(&item.what)) {
      return ParseError(
          {import->range, import->path,
           "imports are not resolved here: expected one schema text without "
           "\"import\"",
           "put the imported file's text in place of the import"});
    }
  }
  return absl::OkStatus();
}

// Replaces splices by the members of the partials they name. Each partial is
// worked out once, so the work is bounded by what is copied, and that by
// kMaxSchemaBytes of source text.
class Splicer {
 public:
  explicit Splicer(const File& file) {
    for (const Item& item : file.items) {
      const auto* block = std::get_if<Block>(&item.what);
      if (block != nullptr && block->is_partial) {
        names_.push_back(block->name);
        partials_[block->name].block = block;
      }
    }
  }

  // Partials that no definition uses must be sound as well.
  absl::Status CheckPartials() {
    for (const std::string_view name : names_) {
      KITH_RETURN_IF_ERROR(Flatten(&partials_.find(name)->second, 1));
    }
    return absl::OkStatus();
  }

  // The members of `block` in order, without splices.
  absl::StatusOr<std::vector<Member>> Members(Block&& block) {
    if (std::none_of(block.members.begin(), block.members.end(), IsSplice)) {
      return std::move(block.members);
    }
    KITH_ASSIGN_OR_RETURN(Flat flat, FlattenBlock(block, 0));
    return std::move(flat.members);
  }

 private:
  struct Flat {
    std::vector<Member> members;
    int height = 1;  // partials in partials, this one included
  };
  static bool IsSplice(const Member& member) {
    return std::holds_alternative<Splice>(member.what);
  }

  struct Partial {
    const Block* block = nullptr;
    enum class State : uint8_t { kNew, kOpen, kDone } state = State::kNew;
    Flat flat;
  };

  absl::Status Flatten(Partial* partial, int depth) {
    if (partial->state == Partial::State::kDone) return absl::OkStatus();
    partial->state = Partial::State::kOpen;
    KITH_ASSIGN_OR_RETURN(partial->flat, FlattenBlock(*partial->block, depth));
    partial->state = Partial::State::kDone;
    return absl::OkStatus();
  }

  absl::StatusOr<Flat> FlattenBlock(const Block& block, int depth) {
    Flat flat;
    for (const Member& member : block.members) {
      const auto* splice = std::get_if<Splice>(&member.what);
      if (splice == nullptr) {
        flat.members.push_back(member);
        continue;
      }
      KITH_ASSIGN_OR_RETURN(const Flat* part, Find(*splice, depth));
      flat.height = std::max(flat.height, part->height + 1);
      // A definition is no partial, hence one level more.
      if (flat.height > kMaxNesting + (block.is_partial ? 0 : 1)) {
        return TooDeep(*splice);
      }
      KITH_RETURN_IF_ERROR(Copy(*splice, *part, &flat.members));
    }
    return flat;
  }

  absl::StatusOr<const Flat*> Find(const Splice& splice, int depth) {
    const auto it = partials_.find(splice.partial);
    if (it == partials_.end()) {
      return ParseError({splice.range, splice.partial,
                         "unknown partial " + Quoted(splice.partial),
                         DidYouMean(splice.partial, names_)});
    }
    if (it->second.state == Partial::State::kOpen) {
      return ParseError(
          {splice.range,
           splice.partial,
           "partial " + Quoted(splice.partial) + " contains itself",
           {}});
    }
    if (depth > kMaxNesting) return TooDeep(splice);
    KITH_RETURN_IF_ERROR(Flatten(&it->second, depth + 1));
    return &it->second.flat;
  }

  static absl::Status TooDeep(const Splice& splice) {
    return ParseError(
        {splice.range,
         splice.partial,
         fmt::format("partials nested more than {} deep", kMaxNesting),
         {}});
  }

  absl::Status Copy(const Splice& splice, const Flat& part,
                    std::vector<Member>* members) {
    for (const Member& member : part.members) {
      copied_bytes_ += member.bytes;
      if (copied_bytes_ > kMaxSchemaBytes || members->size() == kMaxMembers) {
        return ParseError(
            {splice.range,
             splice.partial,
             fmt::format("splicing {} makes the schema too large: at most {} "
                         "members in a definition and {} bytes in all",
                         Quoted(splice.partial), kMaxMembers, kMaxSchemaBytes),
             {}});
      }
      members->push_back(member);
    }
    return absl::OkStatus();
  }

  std::vector<std::string_view> names_;  // in the order written
  absl::flat_hash_map<std::string_view, Partial> partials_;
  size_t copied_bytes_ = 0;
};

absl::StatusOr<Definition> MakeDefinition(Block block, Splicer* splicer,
                                          const LineName& line_name) {
  Definition definition;
  definition.name = std::move(block.name);
  definition.doc = std::move(block.doc);
  definition.range = block.range;
  KITH_ASSIGN_OR_RETURN(std::vector<Member> members,
                        splicer->Members(std::move(block)));
  DeclaredNames names{line_name};
  for (const Member& member : members) {
    if (const auto* relation = std::get_if<Relation>(&member.what)) {
      KITH_RETURN_IF_ERROR(
          Declare("relation", relation->name, relation->range, &names));
    } else {
      const auto& permission = std::get<Permission>(member.what);
      KITH_RETURN_IF_ERROR(
          Declare("permission", permission.name, permission.range, &names));
    }
  }
  for (Member& member : members) {
    if (auto* relation = std::get_if<Relation>(&member.what)) {
      definition.relations.push_back(std::move(*relation));
    } else {
      definition.permissions.push_back(
          std::move(std::get<Permission>(member.what)));
    }
  }
  return definition;
}

}  // namespace

std::string PlainLineName(uint32_t line) {
  return fmt::format("line {}", line);
}

absl::StatusOr<std::shared_ptr<Schema>> Resolve(File file,
                                                const LineName& line_name) {
  DeclaredNames names{line_name};
  KITH_RETURN_IF_ERROR(DeclareItems(file, &names));
  Splicer splicer(file);
  KITH_RETURN_IF_ERROR(splicer.CheckPartials());
  std::vector<std::string> uses;
  std::vector<Definition> definitions;
  std::vector<Caveat> caveats;
  for (Item& item : file.items) {
    if (auto* use = std::get_if<Use>(&item.what)) {
      uses.push_back(std::move(use->flag));
    } else if (auto* caveat = std::get_if<Caveat>(&item.what)) {
      caveats.push_back(std::move(*caveat));
    } else if (auto* block = std::get_if<Block>(&item.what);
               block != nullptr && !block->is_partial) {
      KITH_ASSIGN_OR_RETURN(Definition definition,
                            MakeDefinition(std::move(*block), &splicer,
                                           line_name));
      definitions.push_back(std::move(definition));
    }
  }
  return std::make_shared<Schema>(std::move(uses), std::move(definitions),
                                        std::move(caveats));
}

}  // namespace kith::schema
