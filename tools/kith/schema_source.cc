#include "tools/kith/schema_source.h"

#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/files.h"
#include "tools/kith/tool.h"

namespace kith::tool {

const std::string& SchemaSource::ToSend() const {
  const bool flat = composed.ok() && composed->files.size() > 1;
  return flat ? composed->text : text;
}

absl::StatusOr<SchemaSource> ReadSchemaSource(Tool& tool,
                                              const std::string& path) {
  SchemaSource source;
  source.path = path;
  KITH_ASSIGN_OR_RETURN(source.text, ReadAll(path, tool.terminal));
  source.composed = source.files.Compose(path, source.text);
  return source;
}

std::string DrawError(const SchemaSource& source) {
  const Diagnostic diagnostic = DiagnosticOf(source.composed.status());
  const std::string& file =
      diagnostic.file.empty() ? source.path : diagnostic.file;
  return DrawDiagnostic(file, source.files.TextOf(file), diagnostic);
}

std::string DrawWarnings(const SchemaSource& source) {
  std::string text;
  if (!source.composed.ok()) return text;
  for (const SchemaWarning& warning : source.composed->warnings) {
    text += DrawDiagnostic(warning.file, source.files.TextOf(warning.file),
                           DiagnosticOf(warning));
  }
  return text;
}

Json JsonOf(const std::vector<SchemaWarning>& warnings) {
  Json list = Json::array();
  for (const SchemaWarning& warning : warnings) {
    list.push_back({{"file", warning.file},
                    {"line", warning.line},
                    {"column", warning.column},
                    {"end_line", warning.end_line},
                    {"end_column", warning.end_column},
                    {"code", warning.code},
                    {"message", warning.message}});
  }
  return list;
}

}  // namespace kith::tool
