#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "integration/client.h"

// A cache whose key leaves out what an answer depends on gives one question the
// answer of another. So for every field of a request: a question, and then the
// same with the field changed, must be answered by a server with caches as by
// one without. The fields are those of the descriptors: one without an entry
// here fails the test.

namespace kith::integration {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kSchema[] = R"(
caveat on_day(day string, today string) {
  day == today
}
definition user {}
definition robot {}
definition team {
  relation member: user | robot | team#member
}
definition document {
  relation viewer: user | user with on_day | team#member | robot
  relation editor: user
  permission view = viewer
  permission edit = editor
}
definition folder {
  relation viewer: user
  permission view = viewer
}
)";

const std::vector<std::string> kRelationships = {
    "document:a#viewer@user:anne", "document:a#viewer@team:x#member",
    "team:x#member@team:y#member", "team:y#member@user:carl",
    "folder:b#viewer@user:anne"};

struct Tokens {
  std::string before;  // the viewers of document:a
  std::string after;
};

// How to change a field so that the answer to Base() changes, or may change.
template <typename Request>
using Changes =
    std::map<std::string,
             std::vector<std::function<void(const Tokens&, Request*)>>>;

using Check = wire::CheckPermissionRequest;
using Item = wire::CheckBulkPermissionsRequestItem;

// Fields of Check and Item that mean the same.
template <typename Request>
Changes<Request> SharedChanges() {
  return {
      {"resource.object_type", {[](const Tokens&, Request* r) {
         r->mutable_resource()->set_object_type("folder");
       }}},
      {"resource.object_id",
       {[](const Tokens&, Request* r) {
          r->mutable_resource()->set_object_id("b");
        },
        [](const Tokens&, Request* r) {
          r->mutable_resource()->set_object_id("");
        }}},
      {"permission",
       {[](const Tokens&, Request* r) { r->set_permission("edit"); },
        [](const Tokens&, Request* r) { r->set_permission("viewe"); }}},
      {"subject.object.object_type", {[](const Tokens&, Request* r) {
         r->mutable_subject()->mutable_object()->set_object_type("robot");
       }}},
      {"subject.object.object_id",
       {[](const Tokens&, Request* r) {
          r->mutable_subject()->mutable_object()->set_object_id("bert");
        },
        [](const Tokens&, Request* r) {
          r->mutable_subject()->mutable_object()->set_object_id("*");
        }}},
      {"subject.optional_relation",
       {[](const Tokens&, Request* r) {
          *r->mutable_subject() = Subject("team:y#member");
        },
        [](const Tokens&, Request* r) {
          *r->mutable_subject() = Subject("team:y");
        },
        [](const Tokens&, Request* r) {
          r->mutable_subject()->set_optional_relation("member");
        },
        [](const Tokens&, Request* r) {
          r->mutable_subject()->set_optional_relation("...");
        }}},
      {"context",
       {[](const Tokens&, Request* r) {
          // Decides what is conditional, after it was asked without.
          *r->mutable_subject() = Subject("user:dora");
          (*r->mutable_context()->mutable_fields())["today"].set_string_value(
              "monday");
        },
        [](const Tokens&, Request* r) {
          *r->mutable_subject() = Subject("user:dora");
          (*r->mutable_context()->mutable_fields())["today"].set_string_value(
              "friday");
        },
        [](const Tokens&, Request* r) {
          *r->mutable_subject() = Subject("user:dora");
        },
        [](const Tokens&, Request* r) {
          *r->mutable_subject() = Subject("user:dora");
          (*r->mutable_context()->mutable_fields())["today"].set_number_value(
              1);
        },
        // Over what is allowed: refused, whatever is known.
        [](const Tokens&, Request* r) {
          (*r->mutable_context()->mutable_fields())["more"].set_string_value(
              std::string(10'000, 'x'));
        }}},
  };
}

Changes<Check> ChangesOfCheck() {
  Changes<Check> changes = SharedChanges<Check>();
  changes["consistency.minimize_latency"] = {[](const Tokens&, Check* r) {
    r->mutable_consistency()->set_minimize_latency(true);
  }};
  changes["consistency.fully_consistent"] = {[](const Tokens&, Check* r) {
    r->mutable_consistency()->set_fully_consistent(true);
  }};
  changes["consistency.at_least_as_fresh.token"] = {
      [](const Tokens& tokens, Check* r) {
        r->mutable_consistency()->mutable_at_least_as_fresh()->set_token(
            tokens.before);
      },
      [](const Tokens& tokens, Check* r) {
        r->mutable_consistency()->mutable_at_least_as_fresh()->set_token(
            tokens.after);
      },
      [](const Tokens&, Check* r) {
        r->mutable_consistency()->mutable_at_least_as_fresh()->set_token(
            "forged");
      }};
  changes["consistency.at_exact_snapshot.token"] = {
      [](const Tokens& tokens, Check* r) {
        r->mutable_consistency()->mutable_at_exact_snapshot()->set_token(
            tokens.before);
      },
      [](const Tokens& tokens, Check* r) {
        r->mutable_consistency()->mutable_at_exact_snapshot()->set_token(
            tokens.after);
      }};
  changes["with_tracing"] = {
      [](const Tokens&, Check* r) { r->set_with_tracing(true); }};
  return changes;
}

// The paths of all fields that are no messages, and of messages that are not
// ours, which count as one.
void AddPaths(const Descriptor* type, const std::string& prefix,
              std::set<std::string>* paths) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* const field = type->field(i);
    const std::string path = prefix + field->name();
    const bool is_ours =
        field->message_type() != nullptr &&
        field->message_type()->file()->package() == type->file()->package();
    if (is_ours) {
      AddPaths(field->message_type(), path + ".", paths);
    } else {
      paths->insert(path);
    }
  }
}

template <typename Request>
void ExpectAllFieldsAreChanged(const Changes<Request>& changes) {
  std::set<std::string> paths;
  AddPaths(Request::descriptor(), "", &paths);
  std::set<std::string> covered;
  for (const auto& [path, change] : changes) covered.insert(path);
  EXPECT_EQ(covered, paths);
}

// All that is said but for the time it took and the token, which differ.
std::string Said(const grpc::Status& status,
                 const wire::CheckPermissionResponse& response) {
  if (!status.ok()) {
    return fmt::format("{} {}", static_cast<int>(status.error_code()),
                       InfoOf(status).reason());
  }
  return fmt::format("{} {} {}", static_cast<int>(response.permissionship()),
                     response.partial_caveat_info().ShortDebugString(),
                     response.has_debug_trace() ? "traced" : "");
}

std::string Said(const wire::CheckBulkPermissionsPair& pair) {
  if (pair.has_error()) return fmt::format("{}", pair.error().code());
  return fmt::format("{} {}", static_cast<int>(pair.item().permissionship()),
                     pair.item().partial_caveat_info().ShortDebugString());
}

// A server and what it says; two have the same data.
class Side {
 public:
  explicit Side(const std::vector<std::string>& flags) {
    process_.Start(flags);
    client_ = std::make_unique<Client>(process_.address());
    EXPECT_TRUE(client_->WriteSchema(kSchema).ok());
    EXPECT_TRUE(
        client_->Write({Touch("folder:z#viewer@user:anne")}, &tokens_.before)
            .ok());
    std::vector<wire::RelationshipUpdate> updates;
    for (const std::string& one : kRelationships) {
      updates.push_back(Touch(one));
    }
    auto* const conditional =
        updates.emplace_back(Touch("document:a#viewer@user:dora"))
            .mutable_relationship()
            ->mutable_optional_caveat();
    conditional->set_caveat_name("on_day");
    (*conditional->mutable_context()->mutable_fields())["day"].set_string_value(
        "monday");
    EXPECT_TRUE(client_->Write(updates, &tokens_.after).ok());
  }

  std::string Ask(const Check& request) {
    wire::CheckPermissionResponse response;
    const grpc::Status status = client_->Check(request, &response);
    return Said(status, response);
  }
  std::string Ask(const Item& item) {
    wire::CheckBulkPermissionsRequest request;
    *request.add_items() = item;
    wire::CheckBulkPermissionsResponse response;
    const grpc::Status status = client_->CheckBulk(request, &response);
    if (!status.ok()) {
      return fmt::format("{}", static_cast<int>(status.error_code()));
    }
    return Said(response.pairs(0));
  }

  const Tokens& tokens() const { return tokens_; }

 private:
  ServerProcess process_;
  std::unique_ptr<Client> client_;
  Tokens tokens_;
};

class CacheKeyTest : public testing::Test {
 protected:
  CacheKeyTest()
      : cached_({"--shadow-check-interval=0"}),
        plain_({"--shadow-check-interval=0", "--row-cache-bytes=0",
                "--result-cache-bytes=0"}) {}

  template <typename Request>
  static Request Base() {
    Request request;
    *request.mutable_resource() = Object("document:a");
    request.set_permission("view");
    *request.mutable_subject() = Subject("user:anne");
    return request;
  }

  // Each change between questions that are known by now; the other way round,
  // too.
  template <typename Request>
  void Compare(const Changes<Request>& changes) {
    const auto base = Base<Request>();
    const std::string said = plain_.Ask(base);
    size_t different = 0;
    for (const auto& [path, some] : changes) {
      for (size_t i = 0; i < some.size(); ++i) {
        SCOPED_TRACE(fmt::format("{} ({})", path, i));
        Request with_cached = base;
        some[i](cached_.tokens(), &with_cached);
        Request with_plain = base;
        some[i](plain_.tokens(), &with_plain);
        const std::string expected = plain_.Ask(with_plain);
        for (int again = 0; again < 2; ++again) {
          EXPECT_EQ(cached_.Ask(base), said);
          EXPECT_EQ(cached_.Ask(with_cached), expected);
          EXPECT_EQ(cached_.Ask(with_cached), expected);
        }
        if (expected != said) ++different;
      }
    }
    // Most changes are such that a wrong key would be seen.
    EXPECT_GT(different, changes.size() / 2);
  }

  Side cached_;
  Side plain_;
};

TEST_F(CacheKeyTest, EveryFieldOfACheckCounts) {
  const Changes<Check> changes = ChangesOfCheck();
  ExpectAllFieldsAreChanged(changes);
  Compare(changes);
}

TEST_F(CacheKeyTest, EveryFieldOfABulkItemCounts) {
  const Changes<Item> changes = SharedChanges<Item>();
  ExpectAllFieldsAreChanged(changes);
  Compare(changes);
}

// The requests whose answers come from what is cached of rows: a field that is
// new here may need an entry above.
TEST_F(CacheKeyTest, RequestsHaveNoFieldsThatNobodyThoughtOf) {
  const auto paths = [](const Descriptor* type) {
    std::set<std::string> all;
    for (int i = 0; i < type->field_count(); ++i) {
      all.insert(type->field(i)->name());
    }
    return all;
  };
  EXPECT_EQ(paths(wire::CheckBulkPermissionsRequest::descriptor()),
            (std::set<std::string>{"consistency", "items", "with_tracing"}));
  EXPECT_EQ(paths(wire::LookupResourcesRequest::descriptor()),
            (std::set<std::string>{
                "consistency", "resource_object_type", "permission", "subject",
                "context", "optional_limit", "optional_cursor", "with_debug"}));
  EXPECT_EQ(
      paths(wire::LookupSubjectsRequest::descriptor()),
      (std::set<std::string>{"consistency", "resource", "permission",
                             "subject_object_type", "optional_subject_relation",
                             "context", "optional_concrete_limit",
                             "optional_cursor", "wildcard_option"}));
}

}  // namespace
}  // namespace kith::integration
