#include <fmt/format.h>

#include <functional>
#include <string>

#include "integration/error_cases.h"

namespace kith::integration {
namespace {

using CheckRequest = wire::CheckPermissionRequest;

CheckRequest Check(const std::function<void(CheckRequest*)>& change) {
  return With(CheckOf("document:a", "view", "user:anne"), change);
}

wire::CheckBulkPermissionsRequest Bulk(const CheckRequest& check, int count) {
  wire::CheckBulkPermissionsRequest request;
  for (int i = 0; i < count; ++i) {
    auto* item = request.add_items();
    *item->mutable_resource() = check.resource();
    item->set_permission(check.permission());
    *item->mutable_subject() = check.subject();
    if (check.has_context()) *item->mutable_context() = check.context();
  }
  return request;
}

wire::ExpandPermissionTreeRequest Expand(const std::string& resource,
                                         const std::string& permission) {
  wire::ExpandPermissionTreeRequest request;
  *request.mutable_resource() = Object(resource);
  request.set_permission(permission);
  return request;
}

void SetText(const std::string& key, const std::string& value,
             CheckRequest* request) {
  (*request->mutable_context()->mutable_fields())[key].set_string_value(value);
}

// The error of the only item of a bulk check, which succeeds itself.
std::function<grpc::Status(World&)> ItemError(const CheckRequest& check) {
  return [check](World& world) {
    wire::CheckBulkPermissionsResponse response;
    const grpc::Status status =
        world.client().CheckBulk(Bulk(check, 1), &response);
    if (!status.ok()) return status;
    const auto& error = response.pairs(0).error();
    return grpc::Status(static_cast<grpc::StatusCode>(error.code()),
                        error.message(), error.SerializeAsString());
  };
}

void AddNames(ErrorCases* cases) {
  const auto nothing = CheckOf("nothing:a", "view", "user:anne");
  const auto edit = CheckOf("document:a", "edit", "user:anne");
  auto& types = (*cases)["a type that is not in the schema"];
  types.push_back({"checked", Sending(nothing)});
  types.push_back({"checked in bulk", ItemError(nothing)});
  types.push_back({"checked as a subject",
                   Sending(CheckOf("document:a", "view", "nothing:a"))});
  types.push_back({"expanded", Sending(Expand("nothing:a", "view"))});
  types.push_back({"before any schema", [](World&) {
                     ServerProcess server;
                     server.Start();
                     Client client(server.address());
                     return client.Check(
                         CheckOf("document:a", "view", "user:anne"));
                   }});
  auto& relations = (*cases)["a relation or permission that its type lacks"];
  relations.push_back({"checked", Sending(edit)});
  relations.push_back({"checked in bulk", ItemError(edit)});
  relations.push_back(
      {"an empty one", Sending(CheckOf("document:a", "", "user:anne"))});
  relations.push_back({"of the subject",
                       Sending(CheckOf("document:a", "view", "team:t#lead"))});
  relations.push_back({"expanded", Sending(Expand("document:a", "edit"))});
  (*cases)["`*` as the subject of a check"] = {
      {"checked", Sending(CheckOf("document:a", "view", "user:*"))},
      {"checked in bulk", ItemError(CheckOf("document:a", "view", "user:*"))}};
}

void AddShapes(ErrorCases* cases) {
  auto& shapes = (*cases)
      ["a required message is missing, an enum unspecified, a "
       "consistency false, a name or id malformed, `*` as a resource"];
  shapes.push_back({"a check without a resource",
                    Sending(Check([](auto* r) { r->clear_resource(); }))});
  shapes.push_back({"a check without a subject",
                    Sending(Check([](auto* r) { r->clear_subject(); }))});
  shapes.push_back({"a check of a wildcard",
                    Sending(CheckOf("document:*", "view", "user:anne"))});
  shapes.push_back(
      {"full consistency that is false", Sending(Check([](auto* r) {
         r->mutable_consistency()->set_fully_consistent(false);
       }))});
  shapes.push_back({"low latency that is false", Sending(Check([](auto* r) {
                      r->mutable_consistency()->set_minimize_latency(false);
                    }))});
  shapes.push_back({"an expansion of nothing",
                    Sending(wire::ExpandPermissionTreeRequest())});
  shapes.push_back({"a bulk check without a subject",
                    Sending(With(Bulk(Check([](auto*) {}), 2), [](auto* r) {
                      r->mutable_items(1)->clear_subject();
                    }))});
}

void AddLimits(ErrorCases* cases) {
  (*cases)["context of a request too large, a schema too large"] = {
      {"a check's", Sending(Check([](auto* r) {
         SetText("x", std::string(5000, 'x'), r);
       }))},
      {"a bulk check's", ItemError(Check([](auto* r) {
         SetText("x", std::string(5000, 'x'), r);
       }))},
      {"a schema of 4 MiB and a byte",
       OnServer({"--max-message-bytes", "8000000"}, {}, [](Client& client) {
         return client.WriteSchema(std::string((4u << 20) + 1, ' '));
       })}};
  (*cases)["too many items in a bulk check"] = {
      {"10,001", Sending(Bulk(Check([](auto*) {}), 10'001))}};
  (*cases)
      ["the answer lies beyond `--max-depth`, or hangs on an exclusion "
       "that depends on itself"] = {
          {"a chain of 61",
           Sending(CheckOf("document:deep", "view", "user:anne"))},
          {"the same in bulk",
           ItemError(CheckOf("document:deep", "view", "user:anne"))},
          {"odd if it is not odd",
           Sending(CheckOf("document:odd", "odd", "user:anne"))}};
  const auto many = [](Client& client) {
    for (int i = 0; i < 20; ++i) {
      client.Write(
          {Touch(fmt::format("document:wide#viewer@user:u{}", i)),
           Touch(fmt::format("document:wide#viewer@team:t{}#member", i))});
    }
  };
  (*cases)
      ["too many relationships read by one check, nodes in one expanded tree, "
       "or steps in the traces of one call"] = {
          {"a check", OnServer({"--max-check-edges", "10"}, many,
                               [](Client& client) {
                                 return client.Check(CheckOf(
                                     "document:wide", "view", "user:nobody"));
                               })},
          {"a tree", OnServer({"--max-expand-nodes", "10"}, many,
                              [](Client& client) {
                                return client.Expand(
                                    Expand("document:wide", "view"));
                              })},
          {"a trace",
           OnServer({"--max-trace-steps", "2"}, many, [](Client& client) {
             auto check = CheckOf("document:wide", "view", "user:nobody");
             check.set_with_tracing(true);
             return client.Check(check);
           })}};
}

void AddCaveats(ErrorCases* cases) {
  const auto divided = CheckOf("document:a", "view", "user:divided");
  const auto by_zero = With(divided, [](auto* request) {
    (*request->mutable_context()->mutable_fields())["number"].set_number_value(
        1);
  });
  const auto of_a_text =
      With(divided, [](auto* request) { SetText("number", "one", request); });
  (*cases)["the answer hangs on a caveat whose expression fails"] = {
      {"a division by zero", Sending(by_zero)},
      {"the same in bulk", ItemError(by_zero)}};
  auto& unfit = (*cases)
      ["context that does not fit the parameters of its "
       "caveat, written or (where the answer hangs on it) of "
       "a request"];
  unfit.push_back({"a text for a number, of a check", Sending(of_a_text)});
  unfit.push_back({"the same in bulk", ItemError(of_a_text)});
}

}  // namespace

void AddCheckErrors(ErrorCases* cases) {
  AddNames(cases);
  AddShapes(cases);
  AddLimits(cases);
  AddCaveats(cases);
}

}  // namespace kith::integration
