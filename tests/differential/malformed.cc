#include "differential/malformed.h"

#include <utility>

#include "tools/kith/convert.h"

namespace kith::differential {
namespace {

using property::Question;

using Change = std::function<void(v1::CheckPermissionRequest*)>;

v1::CheckPermissionRequest GoodCheck() {
  v1::CheckPermissionRequest request;
  request.mutable_consistency()->set_fully_consistent(true);
  tool::ToProto(ObjectRef("doc", "one"), request.mutable_resource());
  request.set_permission("view");
  tool::ToProto(SubjectRef(ObjectRef("user", "tom")),
                request.mutable_subject());
  return request;
}

Malformed Check(std::string name, const Change& change,
                std::string known_difference = "") {
  v1::CheckPermissionRequest request = GoodCheck();
  change(&request);
  return {"check: " + std::move(name),
          [request](Endpoint* endpoint) {
            v1::CheckPermissionResponse response;
            return ToReply(endpoint->permissions().CheckPermission(
                endpoint->NewContext().get(), request, &response));
          },
          std::move(known_difference)};
}

Malformed Write(std::string name, const std::vector<Update>& updates,
                std::string known_difference = "") {
  v1::WriteRelationshipsRequest request;
  for (const Update& update : updates) {
    auto* const out = request.add_updates();
    out->set_operation(
        static_cast<v1::RelationshipUpdate::Operation>(update.operation));
    tool::ToProto(update.relationship, out->mutable_relationship());
  }
  return {"write: " + std::move(name),
          [request](Endpoint* endpoint) {
            v1::WriteRelationshipsResponse response;
            return ToReply(endpoint->permissions().WriteRelationships(
                endpoint->NewContext().get(), request, &response));
          },
          std::move(known_difference)};
}

Malformed Schema(std::string name, std::string text,
                 std::string known_difference = "") {
  return {"schema: " + std::move(name),
          [text](Endpoint* endpoint) { return endpoint->WriteSchema(text); },
          std::move(known_difference)};
}

Malformed Read(std::string name, const RelationshipFilter& filter,
               std::string known_difference = "") {
  return {"read: " + std::move(name),
          [filter](Endpoint* endpoint) { return endpoint->Read(filter); },
          std::move(known_difference)};
}

void AddChecks(std::vector<Malformed>* all) {
  using Request = v1::CheckPermissionRequest;
  all->push_back(Check("no resource", [](Request* r) { r->clear_resource(); }));
  all->push_back(Check("no subject", [](Request* r) { r->clear_subject(); }));
  all->push_back(Check("unknown type", [](Request* r) {
    r->mutable_resource()->set_object_type("nothing");
  }));
  all->push_back(Check("unknown subject type", [](Request* r) {
    r->mutable_subject()->mutable_object()->set_object_type("nothing");
  }));
  all->push_back(Check("unknown permission",
                       [](Request* r) { r->set_permission("nothing"); }));
  all->push_back(Check("unknown subject relation", [](Request* r) {
    r->mutable_subject()->set_optional_relation("nothing");
  }));
  all->push_back(Check("wildcard resource", [](Request* r) {
    r->mutable_resource()->set_object_id("*");
  }));
  all->push_back(Check("wildcard subject", [](Request* r) {
    r->mutable_subject()->mutable_object()->set_object_id("*");
  }));
  all->push_back(Check("a type that is no name", [](Request* r) {
    r->mutable_resource()->set_object_type("Not A Name");
  }));
  all->push_back(Check("an empty id", [](Request* r) {
    r->mutable_resource()->clear_object_id();
  }));
  all->push_back(Check("an exact snapshot of no token", [](Request* r) {
    r->mutable_consistency()->mutable_at_exact_snapshot()->set_token("what");
  }));
  all->push_back(Check("a context that is too large", [](Request* r) {
    (*r->mutable_context()->mutable_fields())["pad"].set_string_value(
        std::string(5000, 'x'));
  }));
}

void AddWrites(std::vector<Malformed>* all) {
  all->push_back(Write("to a permission", {Touch("doc:one#view@user:tom")}));
  all->push_back(Write("unknown type", {Touch("thing:one#view@user:tom")}));
  all->push_back(Write("unknown relation", {Touch("doc:one#other@user:tom")}));
  all->push_back(Write("a subject that is not allowed",
                       {Touch("doc:one#viewer@doc:two")}));
  all->push_back(Write("a wildcard that is not allowed",
                       {Touch("doc:one#viewer@user:*")}));
  all->push_back(Write("a caveat that is not allowed",
                       {Touch("doc:one#viewer@user:tom[rule]")}));
  all->push_back(
      Write("a caveat that is required", {Touch("doc:one#guest@user:tom")}));
  all->push_back(
      Write("an unknown caveat", {Touch("doc:one#guest@user:tom[other]")}));
  all->push_back(
      Write("context of the wrong type",
            {Touch("doc:one#guest@user:tom[rule:{\"count\":\"many\"}]")},
            "context of the wrong type in a write"));
  all->push_back(Write("context of no parameter",
                       {Touch("doc:one#guest@user:tom[rule:{\"other\":1}]")},
                       "context of the wrong type in a write"));
  all->push_back(Write(
      "one relationship twice",
      {Touch("doc:one#viewer@user:tom"), Touch("doc:one#viewer@user:tom")}));
  all->push_back(
      Write("a wildcard resource", {Touch("doc:*#viewer@user:tom")}));
  std::vector<Update> many;
  for (int i = 0; i < 1001; ++i) {
    many.push_back(
        Touch(Relationship(ObjectRef("doc", "d" + std::to_string(i)), "viewer",
                           SubjectRef(ObjectRef("user", "tom")))));
  }
  all->push_back(Write("too many updates", many));
}

void AddSchemas(std::vector<Malformed>* all) {
  all->push_back(Schema("does not parse", "definition {"));
  all->push_back(Schema("an unknown type",
                        "definition doc {\n\trelation viewer: nothing\n}\n"));
  all->push_back(Schema("an unknown relation",
                        "definition user {}\n\ndefinition doc {\n"
                        "\trelation viewer: user\n"
                        "\tpermission view = other\n}\n"));
  all->push_back(Schema("a permission left of an arrow",
                        "definition user {}\n\ndefinition doc {\n"
                        "\trelation viewer: user\n\tpermission one = viewer\n"
                        "\tpermission two = one->viewer\n}\n"));
  all->push_back(Schema("a wildcard left of an arrow",
                        "definition user {}\n\ndefinition doc {\n"
                        "\trelation viewer: user:*\n"
                        "\tpermission two = viewer->viewer\n}\n"));
  all->push_back(
      Schema("one name twice", "definition user {}\n\ndefinition user {}\n"));
  all->push_back(Schema("a caveat that is no bool",
                        "caveat rule(count int) {\n\tcount + 1\n}\n"));
  all->push_back(Schema("a parameter that is not used",
                        "caveat rule(count int, other int) {\n"
                        "\tcount == 1\n}\n"));
  all->push_back(Schema("permissions that are each other",
                        "definition doc {\n\tpermission one = two\n"
                        "\tpermission two = one\n}\n",
                        "cycles among permissions of a schema"));
}

void AddReads(std::vector<Malformed>* all) {
  all->push_back(Read("an empty filter", {}));
  RelationshipFilter filter;
  filter.resource_type = "nothing";
  all->push_back(Read("an unknown type", filter));
  filter.resource_type = "doc";
  filter.relation = "nothing";
  all->push_back(Read("an unknown relation", filter));
  filter.relation.clear();
  filter.resource_id = "one";
  filter.resource_id_prefix = "o";
  all->push_back(Read("id and prefix", filter));
  filter.resource_id.clear();
  filter.subject = SubjectFilter{"nothing", "", {}};
  all->push_back(Read("an unknown subject type", filter));
}

void AddLookups(std::vector<Malformed>* all) {
  const auto resources = [&](std::string name, Question question) {
    all->push_back({"resources: " + std::move(name),
                    [question](Endpoint* endpoint) {
                      return endpoint->LookupResources(question);
                    },
                    ""});
  };
  const auto subjects = [&](std::string name, Question question) {
    all->push_back({"subjects: " + std::move(name),
                    [question](Endpoint* endpoint) {
                      return endpoint->LookupSubjects(question);
                    },
                    ""});
  };
  resources("unknown type", {{"nothing", "view", ""}, "user:tom", {}});
  resources("unknown permission", {{"doc", "nothing", ""}, "user:tom", {}});
  resources("unknown subject type", {{"doc", "view", ""}, "thing:tom", {}});
  resources("a wildcard subject", {{"doc", "view", ""}, "user:*", {}});
  subjects("unknown type", {{"nothing", "view", "one"}, "user:tom", {}});
  subjects("unknown permission", {{"doc", "nothing", "one"}, "user:tom", {}});
  subjects("unknown subject type", {{"doc", "view", "one"}, "thing:tom", {}});
  subjects("unknown subject relation",
           {{"doc", "view", "one"}, "doc:tom#nothing", {}});
}

}  // namespace

std::string MalformedSchema() {
  return "caveat rule(count int) {\n\tcount == 1\n}\n\n"
         "definition user {}\n\n"
         "definition doc {\n"
         "\trelation viewer: user\n"
         "\trelation guest: user with rule\n"
         "\tpermission view = viewer + guest\n"
         "}\n";
}

std::vector<Malformed> MalformedRequests() {
  std::vector<Malformed> all;
  AddChecks(&all);
  AddWrites(&all);
  AddReads(&all);
  AddLookups(&all);
  AddSchemas(&all);
  return all;
}

}  // namespace kith::differential
