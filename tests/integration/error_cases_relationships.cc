#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "integration/error_cases.h"

namespace kith::integration {
namespace {

wire::WriteRelationshipsRequest Write(
    std::vector<wire::RelationshipUpdate> updates) {
  wire::WriteRelationshipsRequest request;
  for (auto& update : updates) *request.add_updates() = std::move(update);
  return request;
}

wire::WriteRelationshipsRequest WriteOne(const std::string& relationship) {
  return Write({Touch(relationship)});
}

wire::Precondition MustMatch(const wire::RelationshipFilter& filter) {
  wire::Precondition guard;
  guard.set_operation(wire::Precondition::OPERATION_MUST_MATCH);
  *guard.mutable_filter() = filter;
  return guard;
}

wire::WriteRelationshipsRequest Guarded(const wire::Precondition& guard,
                                        int count = 1) {
  auto request = WriteOne("document:guarded#viewer@user:anne");
  for (int i = 0; i < count; ++i) {
    *request.add_optional_preconditions() = guard;
  }
  return request;
}

wire::ReadRelationshipsRequest Read(
    const std::function<void(wire::ReadRelationshipsRequest*)>& change) {
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("document");
  change(&request);
  return request;
}

wire::DeleteRelationshipsRequest Delete(
    const std::string& type,
    const std::function<void(wire::DeleteRelationshipsRequest*)>& change) {
  wire::DeleteRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter(type);
  change(&request);
  return request;
}

wire::RelationshipUpdate WithCaveat(const std::string& relationship,
                                    const std::string& caveat,
                                    const std::string& key = "",
                                    const std::string& value = "") {
  auto update = Touch(relationship);
  auto* out = update.mutable_relationship()->mutable_optional_caveat();
  out->set_caveat_name(caveat);
  if (!key.empty()) {
    (*out->mutable_context()->mutable_fields())[key].set_string_value(value);
  }
  return update;
}

google::protobuf::Struct Large(size_t bytes) {
  google::protobuf::Struct large;
  (*large.mutable_fields())["note"].set_string_value(std::string(bytes, 'x'));
  return large;
}

std::vector<wire::RelationshipUpdate> Touches(int count) {
  std::vector<wire::RelationshipUpdate> updates;
  for (int i = 0; i < count; ++i) {
    updates.push_back(Touch(fmt::format("document:m{}#viewer@user:anne", i)));
  }
  return updates;
}

void AddNames(ErrorCases* cases) {
  (*cases)["a type that is not in the schema"] = {
      {"written", Sending(WriteOne("nothing:a#viewer@user:anne"))},
      {"written as a subject",
       Sending(WriteOne("document:a#viewer@nothing:b"))},
      {"read", Sending(Read([](auto* r) {
         *r->mutable_relationship_filter() = Filter("nothing");
       }))},
      {"deleted", Sending(Delete("nothing", [](auto*) {}))},
      {"in a precondition", Sending(Guarded(MustMatch(Filter("nothing"))))},
  };
  (*cases)["a relation or permission that its type lacks"] = {
      {"written", Sending(WriteOne("document:a#owner@user:anne"))},
      {"read", Sending(Read([](auto* r) {
         r->mutable_relationship_filter()->set_optional_relation("owner");
       }))},
      {"deleted",
       Sending(Delete("document",
                      [](auto* r) {
                        r->mutable_relationship_filter()->set_optional_relation(
                            "owner");
                      }))},
  };
  (*cases)
      ["a required message is missing, an enum unspecified, a consistency "
       "false, a name or id malformed, `*` as a resource"] = {
          {"an update of nothing",
           Sending(Write({wire::RelationshipUpdate()}))},
          {"a malformed type",
           Sending(WriteOne("Document:a#viewer@user:anne"))},
          {"an empty id", Sending(WriteOne("document:#viewer@user:anne"))},
          {"an id that is too long",
           Sending(WriteOne("document:" + std::string(1025, 'x') +
                            "#viewer@user:anne"))},
          {"a wildcard as a resource",
           Sending(WriteOne("document:*#viewer@user:anne"))},
          {"a wildcard with a relation",
           Sending(WriteOne("document:a#viewer@team:*#member"))},
          {"no operation",
           Sending(Write({With(Touch("document:a#viewer@user:anne"),
                               [](auto* u) { u->clear_operation(); })}))},
          {"no filter to read",
           Sending(Read([](auto* r) { r->clear_relationship_filter(); }))},
          {"no filter to delete",
           Sending(Delete("document",
                          [](auto* r) { r->clear_relationship_filter(); }))},
          {"a precondition that asks nothing",
           Sending(Guarded(With(MustMatch(Filter("document")),
                                [](auto* p) { p->clear_operation(); })))},
      };
}

void AddWrites(ErrorCases* cases) {
  (*cases)
      ["a subject that its relation does not allow, with this caveat "
       "(known or not) and expiry or without"] = {
          {"a type", Sending(WriteOne("document:a#viewer@document:b"))},
          {"a wildcard", Sending(WriteOne("document:a#viewer@user:*"))},
          {"a caveat that nobody knows",
           Sending(Write({WithCaveat("document:a#viewer@user:b", "no_such")}))},
          {"an expiry that must be",
           Sending(WriteOne("document:a#timed@user:b"))},
          {"an expiry that must not be",
           Sending(Write({With(Touch("document:a#viewer@user:b"),
                               [](auto* u) {
                                 u->mutable_relationship()
                                     ->mutable_optional_expires_at()
                                     ->set_seconds(4'000'000'000);
                               })}))},
      };
  (*cases)["a write to a permission"] = {
      {"touched", Sending(WriteOne("document:a#view@user:anne"))}};
  (*cases)["one write names a relationship twice"] = {
      {"touched and deleted",
       Sending(Write({Touch("document:a#viewer@user:anne"),
                      integration::Delete("document:a#viewer@user:anne")}))}};
  (*cases)["CREATE of what is there"] = {
      {"created", Sending(Write({Create("document:new#viewer@user:there"),
                                 Create("document:a#viewer@user:there")}))}};
  (*cases)["too many updates in a write"] = {
      {"1001", Sending(Write(Touches(1001)))}};
  (*cases)["transaction metadata too large"] = {
      {"of a write",
       Sending(With(WriteOne("document:m#viewer@user:anne"),
                    [](auto* r) {
                      *r->mutable_optional_transaction_metadata() =
                          Large(65'000);
                    }))},
      {"of a delete", Sending(Delete("document", [](auto* r) {
         *r->mutable_optional_transaction_metadata() = Large(65'000);
       }))}};
  (*cases)["context of a relationship too large"] = {
      {"25,000 and more",
       Sending(Write({WithCaveat("document:a#viewer@user:big", "on_day", "day",
                                 std::string(25'000, 'x'))}))}};
  (*cases)
      ["context that does not fit the parameters of its caveat, written or "
       "(where the answer hangs on it) of a request"] = {
          {"a key that is no parameter",
           Sending(Write({WithCaveat("document:a#viewer@user:b", "on_day",
                                     "week", "1")}))},
          {"a text for a number",
           Sending(Write({WithCaveat("document:a#viewer@user:b", "divides",
                                     "by", "many")}))}};
}

void AddGuards(ErrorCases* cases) {
  (*cases)["too many preconditions"] = {
      {"of a write", Sending(Guarded(MustMatch(Filter("document")), 1001))},
      {"of a delete", Sending(Delete("document", [](auto* r) {
         for (int i = 0; i < 1001; ++i) {
           *r->add_optional_preconditions() = MustMatch(Filter("document"));
         }
       }))}};
  (*cases)["a precondition does not hold"] = {
      {"of a write", Sending(Guarded(MustMatch(Filter("document", "none"))))},
      {"of a delete", Sending(Delete("document", [](auto* r) {
         *r->add_optional_preconditions() =
             MustMatch(Filter("document", "none"));
       }))}};
  (*cases)["a precondition without a filter, or with an empty one"] = {
      {"an empty one", Sending(Guarded(MustMatch({})))},
      {"of a write", Sending(Guarded(With(
                         MustMatch({}), [](auto* p) { p->clear_filter(); })))}};
}

void AddFilters(ErrorCases* cases) {
  const auto id_and_prefix = [](wire::RelationshipFilter* filter) {
    filter->set_optional_resource_id("a");
    filter->set_optional_resource_id_prefix("a");
  };
  (*cases)
      ["a filter that is empty, has both id and prefix, or asks for the "
       "wildcard with a relation"] = {
          {"an empty one, read", Sending(Read([](auto* r) {
             r->mutable_relationship_filter()->Clear();
           }))},
          {"an empty one, deleted", Sending(Delete("", [](auto*) {}))},
          {"id and prefix, read", Sending(Read([&](auto* r) {
             id_and_prefix(r->mutable_relationship_filter());
           }))},
          {"id and prefix, deleted",
           Sending(Delete("document",
                          [&](auto* r) {
                            id_and_prefix(r->mutable_relationship_filter());
                          }))},
          {"the wildcard with a relation", Sending(Read([](auto* r) {
             auto* subject = r->mutable_relationship_filter()
                                 ->mutable_optional_subject_filter();
             subject->set_subject_type("team");
             subject->set_optional_subject_id("*");
             subject->mutable_optional_relation()->set_relation("member");
           }))}};
  (*cases)["a limit over the maximum"] = {
      {"of a read",
       Sending(Read([](auto* r) { r->set_optional_limit(1001); }))},
      {"of a delete", Sending(Delete("document", [](auto* r) {
         r->set_optional_limit(1001);
       }))}};
  (*cases)["more to delete than the limit, without partial deletions"] = {
      {"60 and a limit of 1",
       Sending(Delete("team", [](auto* r) { r->set_optional_limit(1); }))}};
}

grpc::Status ReadAtTheCursorOfAnother(World& world) {
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("team");
  std::vector<wire::ReadRelationshipsResponse> found;
  const grpc::Status status = world.client().Read(request, &found);
  if (found.empty()) return status;
  *request.mutable_relationship_filter() = Filter("document");
  *request.mutable_optional_cursor() = found[0].after_result_cursor();
  return world.client().Read(request);
}

}  // namespace

void AddRelationshipErrors(ErrorCases* cases) {
  AddNames(cases);
  AddWrites(cases);
  AddGuards(cases);
  AddFilters(cases);
  (*cases)["a cursor that is none, or of another query"] = {
      {"none", Sending(Read([](auto* r) {
         r->mutable_optional_cursor()->set_token("nonsense");
       }))},
      {"a token",
       [](World& world) {
         return Send(
             world.client(), Read([&](auto* r) {
               r->mutable_optional_cursor()->set_token(world.early_token());
             }));
       }},
      {"of another query", ReadAtTheCursorOfAnother}};
}

}  // namespace kith::integration
