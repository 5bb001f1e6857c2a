#include <fmt/format.h>

#include <string>
#include <vector>

#include "authzed/api/v1/experimental_service.pb.h"
#include "integration/error_cases.h"

namespace kith::integration {
namespace {

wire::ImportBulkRelationshipsRequest Import(
    const std::vector<std::string>& relationships) {
  wire::ImportBulkRelationshipsRequest request;
  for (const std::string& text : relationships) {
    *request.add_relationships() = Rel(text);
  }
  return request;
}

wire::ExperimentalRegisterRelationshipCounterRequest Register(
    const std::string& name, const std::string& type) {
  wire::ExperimentalRegisterRelationshipCounterRequest request;
  request.set_name(name);
  *request.mutable_relationship_filter() = Filter(type);
  return request;
}

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

void Add(const std::string& when, std::vector<ErrorCase> more,
         ErrorCases* cases) {
  auto& row = (*cases)[when];
  row.insert(row.end(), more.begin(), more.end());
}

void AddCounters(ErrorCases* cases) {
  using Count = wire::ExperimentalCountRelationshipsRequest;
  using Unregister = wire::ExperimentalUnregisterRelationshipCounterRequest;
  const auto registered = [](Client& client) {
    Send(client, Register("first", "document"));
  };
  (*cases)["a counter of this name exists"] = {
      {"registered again", OnServer({}, registered, [](Client& client) {
         return Send(client, Register("first", "team"));
       })}};
  (*cases)["no counter of this name exists"] = {
      {"counted", Sending(Named<Count>("no_such"))},
      {"unregistered", Sending(Named<Unregister>("no_such"))}};
  (*cases)["counters over `--max-counters`"] = {
      {"a second of one",
       OnServer({"--max-counters", "1"}, registered, [](Client& client) {
         return Send(client, Register("second", "team"));
       })}};
  Add("a type that is not in the schema",
      {{"counted", Sending(Register("first", "nothing"))}}, cases);
  Add("a required message is missing, an enum unspecified, a consistency "
      "false, a name or id malformed, `*` as a resource",
      {{"a counter without a name", Sending(Register("", "document"))},
       {"a counter with a malformed name",
        Sending(Register("A B", "document"))},
       {"a count without a name", Sending(Named<Count>(""))},
       {"an import of nothing",
        Sending(With(Import({}), [](auto* r) { r->add_relationships(); }))}},
      cases);
}

}  // namespace

void AddBulkErrors(ErrorCases* cases) {
  AddCounters(cases);
  (*cases)["an import, in one commit, of what is there or of the same twice"] =
      {{"what is there", Sending(Import({"document:new#viewer@user:anne",
                                         "document:a#viewer@user:there"}))},
       {"the same twice", Sending(Import({"document:new#viewer@user:anne",
                                          "document:new#viewer@user:anne"}))}};
  (*cases)["an import over `--max-import-bytes` and `--max-import-file-bytes` "
           "for one commit"] = {
      {"some kilobytes",
       OnServer({"--max-import-bytes", "2000", "--max-import-file-bytes", "0"},
                {}, [](Client& client) {
         std::vector<std::string> relationships;
         for (int i = 0; i < 100; ++i) {
           relationships.push_back(fmt::format("team:t{}#member@user:anne", i));
         }
         return Send(client, Import(relationships));
       })}};
  Add("a type that is not in the schema",
      {{"imported", Sending(Import({"nothing:a#viewer@user:anne"}))}}, cases);
  Add("a write to a permission",
      {{"imported", Sending(Import({"document:a#view@user:anne"}))}}, cases);
  Add("a subject that its relation does not allow, with this caveat (known or "
      "not) and expiry or without",
      {{"imported", Sending(Import({"document:a#viewer@document:b"}))}}, cases);
  wire::ExportBulkRelationshipsRequest limited;
  limited.set_optional_limit(10'001);
  Add("a limit over the maximum", {{"of an export", Sending(limited)}}, cases);
  wire::ExportBulkRelationshipsRequest at_nonsense;
  at_nonsense.mutable_optional_cursor()->set_token("nonsense");
  Add("a cursor that is none, or of another query",
      {{"of an export, none", Sending(at_nonsense)}}, cases);
}

}  // namespace kith::integration
