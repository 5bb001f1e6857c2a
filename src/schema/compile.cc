#include "base/status_macros.h"
#include "fmt/format.h"
#include "schema/analysis/resolve.h"
#include "schema/analysis/symbols.h"
#include "schema/analysis/type_check.h"
#include "schema/compile_file.h"
#include "schema/diagnostic.h"
#include "schema/limits.h"
#include "schema/schema.h"
#include "schema/syntax/parser.h"

namespace kith::schema {
namespace {

// What is stored and compiled again later is the canonical text.
absl::Status CheckCanonicalSize(const Schema& schema) {
  const size_t bytes = Print(schema).size();
  if (bytes <= kMaxSchemaBytes) return absl::OkStatus();
  return ParseError({{{1, 1}, {1, 1}},
                     {},
                     fmt::format("the schema in canonical format has {} bytes: "
                                 "at most {} are allowed",
                                 bytes, kMaxSchemaBytes),
                     {}});
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Schema>> CompileFile(
    File file, const LineName& line_name) {
  KITH_ASSIGN_OR_RETURN(std::shared_ptr<Schema> schema,
                        Resolve(std::move(file), line_name));
  KITH_RETURN_IF_ERROR(CheckCanonicalSize(*schema));
  const Symbols symbols(*schema);
  KITH_RETURN_IF_ERROR(CheckCaveats(schema.get()));
  KITH_RETURN_IF_ERROR(CheckRelations(symbols));
  KITH_RETURN_IF_ERROR(CheckPermissions(symbols));
  KITH_RETURN_IF_ERROR(CheckAliasCycles(symbols));
  KITH_RETURN_IF_ERROR(CheckAnnotations(symbols));
  return schema;
}

absl::StatusOr<std::shared_ptr<const Schema>> Compile(std::string_view text) {
  KITH_ASSIGN_OR_RETURN(File file, Parse(text));
  return CompileFile(std::move(file), PlainLineName);
}

}  // namespace kith::schema
