#include <string>

#include "integration/error_cases.h"

namespace kith::integration {
namespace {

wire::WriteSchemaRequest Schema(const std::string& text) {
  wire::WriteSchemaRequest request;
  request.set_schema(text);
  return request;
}

wire::ReflectSchemaRequest Reflect(const std::string& definition,
                                   const std::string& caveat,
                                   const std::string& relation,
                                   const std::string& permission) {
  wire::ReflectSchemaRequest request;
  auto* filter = request.add_optional_filters();
  filter->set_optional_definition_name_filter(definition);
  filter->set_optional_caveat_name_filter(caveat);
  filter->set_optional_relation_name_filter(relation);
  filter->set_optional_permission_name_filter(permission);
  return request;
}

wire::DependentRelationsRequest Dependent(const std::string& definition,
                                          const std::string& permission) {
  wire::DependentRelationsRequest request;
  request.set_definition_name(definition);
  request.set_permission_name(permission);
  return request;
}

}  // namespace

void AddSchemaErrors(ErrorCases* cases) {
  (*cases)["the schema text does not parse"] = {
      {"the end is missing", Sending(Schema("definition {"))},
      {"no schema at all", Sending(Schema("this is not a schema"))},
      {"an import, which only tools resolve",
       Sending(Schema("use import\nimport \"other.zed\"\n"))},
      {"a condition that is none",
       Sending(Schema("caveat c(a int) { a == } definition user {}"))},
  };
  (*cases)["the schema is not well typed"] = {
      {"a relation to an unknown type",
       Sending(Schema("definition document { relation viewer: nobody }"))},
      {"a permission of an unknown relation",
       Sending(Schema("definition user {} definition document { relation "
                      "viewer: user\npermission view = reader }"))},
  };
  (*cases)["relationships would not fit the new schema"] = {
      {"a definition is gone",
       Sending(Schema("definition user {} definition team { relation member: "
                      "user | team#member }"))},
  };
  (*cases)["a filter of ReflectSchema that contradicts itself"] = {
      {"definition and caveat", Sending(Reflect("doc", "on", "", ""))},
      {"relation alone", Sending(Reflect("", "", "view", ""))},
      {"permission alone", Sending(Reflect("", "", "", "view"))},
      {"relation and permission", Sending(Reflect("doc", "", "a", "b"))},
  };
  (*cases)["DependentRelations of a relation"] = {
      {"a relation", Sending(Dependent("document", "viewer"))},
  };
  (*cases)["ReadSchema before WriteSchema"] = {
      {"a new database", [](World&) {
         ServerProcess server;
         server.Start();
         return Client(server.address()).ReadSchema();
       }}};
}

}  // namespace kith::integration
