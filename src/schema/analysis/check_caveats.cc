#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/type_check.h"
#include "schema/diagnostic.h"
#include "schema/syntax/lexer.h"

namespace kith::schema {
namespace {

// The words of a CEL text outside of strings and comments. The parser found
// its end, so the lexer finds it again.
absl::flat_hash_set<std::string> WordsOf(const Caveat& caveat) {
  const std::string block = caveat.expression + "\n}";
  std::vector<std::string_view> words;
  Lexer(block).CelBlock(&words).IgnoreError();
  return {words.begin(), words.end()};
}

}  // namespace

absl::Status CheckCaveats(const Symbols& symbols) {
  for (const Caveat& caveat : symbols.schema().caveats()) {
    const absl::flat_hash_set<std::string> words = WordsOf(caveat);
    for (const CaveatParameter& parameter : caveat.parameters) {
      if (words.contains(parameter.name)) continue;
      return TypeError(
          {caveat.range, caveat.name,
           fmt::format("parameter {} of caveat {} is not used in its "
                       "expression",
                       Quoted(parameter.name), Quoted(caveat.name)),
           "remove the parameter"},
          {{"caveat_name", caveat.name}, {"parameter_name", parameter.name}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCaveatsUnused(const Symbols& symbols) {
  for (const Definition& definition : symbols.schema().definitions()) {
    for (const Relation& relation : definition.relations) {
      for (const AllowedSubject& allowed : relation.allowed) {
        if (allowed.caveat.empty()) continue;
        return TypeError(
            {allowed.range,
             allowed.ToString(),
             fmt::format("relation {} of definition {} allows {} with caveat "
                         "{}: caveats on relations are not supported by this "
                         "version",
                         Quoted(relation.name), Quoted(definition.name),
                         Quoted(allowed.type), Quoted(allowed.caveat)),
             {}},
            {{"definition_name", definition.name},
             {"relation_name", relation.name},
             {"caveat_name", allowed.caveat}});
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::schema
