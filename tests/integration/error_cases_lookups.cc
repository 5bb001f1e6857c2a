#include <functional>
#include <string>

#include "integration/error_cases.h"

namespace kith::integration {
namespace {

using Resources = wire::LookupResourcesRequest;
using Subjects = wire::LookupSubjectsRequest;

Resources OfResources(const std::function<void(Resources*)>& change) {
  Resources request;
  request.set_resource_object_type("document");
  request.set_permission("view");
  *request.mutable_subject() = Subject("user:anne");
  change(&request);
  return request;
}

// Four teams with a document each, to be remembered until their turn comes.
void AddToTeams(Client& client) {
  for (int i = 0; i < 4; ++i) {
    const std::string team = "team:t" + std::to_string(i) + "#member";
    client.Write({Touch(team + "@user:anne"),
                  Touch("document:d" + std::to_string(i) + "#viewer@" + team)});
  }
}

Subjects OfSubjects(const std::function<void(Subjects*)>& change) {
  Subjects request;
  *request.mutable_resource() = Object("document:a");
  request.set_permission("view");
  request.set_subject_object_type("user");
  change(&request);
  return request;
}

void Add(const std::string& when, std::vector<ErrorCase> more,
         ErrorCases* cases) {
  auto& row = (*cases)[when];
  row.insert(row.end(), more.begin(), more.end());
}

void AddNames(ErrorCases* cases) {
  Add("a type that is not in the schema",
      {{"resources of it", Sending(OfResources([](auto* r) {
          r->set_resource_object_type("nothing");
        }))},
       {"resources for one of it", Sending(OfResources([](auto* r) {
          *r->mutable_subject() = Subject("nothing:a");
        }))},
       {"subjects of it", Sending(OfSubjects([](auto* r) {
          r->set_subject_object_type("nothing");
        }))},
       {"subjects for one of it", Sending(OfSubjects([](auto* r) {
          *r->mutable_resource() = Object("nothing:a");
        }))}},
      cases);
  Add("a relation or permission that its type lacks",
      {{"resources by it",
        Sending(OfResources([](auto* r) { r->set_permission("edit"); }))},
       {"subjects by it",
        Sending(OfSubjects([](auto* r) { r->set_permission("edit"); }))},
       {"subjects with it", Sending(OfSubjects([](auto* r) {
          r->set_optional_subject_relation("lead");
        }))}},
      cases);
}

}  // namespace

void AddLookupErrors(ErrorCases* cases) {
  AddNames(cases);
  Add("`*` as the subject of a check",
      {{"resources for it", Sending(OfResources([](auto* r) {
          *r->mutable_subject() = Subject("user:*");
        }))}},
      cases);
  Add("a required message is missing, an enum unspecified, a consistency "
      "false, a name or id malformed, `*` as a resource",
      {{"resources for nobody",
        Sending(OfResources([](auto* r) { r->clear_subject(); }))},
       {"subjects of nothing",
        Sending(OfSubjects([](auto* r) { r->clear_resource(); }))},
       {"subjects of a wildcard", Sending(OfSubjects([](auto* r) {
          *r->mutable_resource() = Object("document:*");
        }))}},
      cases);
  Add("a limit over the maximum",
      {{"of resources",
        Sending(OfResources([](auto* r) { r->set_optional_limit(1001); }))}},
      cases);
  Add("a cursor that is none, or of another query",
      {{"of resources, none", Sending(OfResources([](auto* r) {
          r->mutable_optional_cursor()->set_token("nonsense");
        }))},
       {"of subjects, none", Sending(OfSubjects([](auto* r) {
          r->mutable_optional_cursor()->set_token("nonsense");
        }))}},
      cases);
  const auto many = [](Client& client) {
    for (int i = 0; i < 4; ++i) {
      client.Write(
          {Touch("document:d" + std::to_string(i) + "#viewer@user:anne")});
    }
  };
  const auto all = [](Client& client) {
    return Send(client, OfResources([](auto*) {}));
  };
  Add("a LookupResources over `--max-lookup-edges` or "
      "`--max-lookup-candidates`",
      {{"edges", OnServer({"--max-lookup-edges", "3"}, many, all)},
       {"candidates",
        OnServer({"--max-lookup-candidates", "3"}, AddToTeams, all)}},
      cases);
  const auto shared = [](Client& client) {
    for (int i = 0; i < 4; ++i) {
      client.Write({Touch("document:a#viewer@user:u" + std::to_string(i))});
    }
  };
  const auto everyone = [](Client& client) {
    return Send(client, OfSubjects([](auto*) {}));
  };
  Add("a LookupSubjects over `--max-lookup-edges` or `--max-lookup-subjects`",
      {{"edges", OnServer({"--max-lookup-edges", "3"}, shared, everyone)},
       {"subjects",
        OnServer({"--max-lookup-subjects", "3"}, shared, everyone)}},
      cases);
  Add("context of a request too large, a schema too large",
      {{"of a lookup of resources", Sending(OfResources([](auto* r) {
          (*r->mutable_context()->mutable_fields())["x"].set_string_value(
              std::string(5000, 'x'));
        }))}},
      cases);
  Add("context of a request too large, a schema too large",
      {{"of a lookup of subjects", Sending(OfSubjects([](auto* r) {
          (*r->mutable_context()->mutable_fields())["x"].set_string_value(
              std::string(5000, 'x'));
        }))}},
      cases);
}

}  // namespace kith::integration
