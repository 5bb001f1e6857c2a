#include "integration/error_table.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/watch_service.pb.h"

namespace kith::integration {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;

constexpr char kFirstLine[] = "## Errors";
constexpr char kRuler[] = "|---";

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> Split(const std::string& text,
                               const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (;;) {
    const size_t end = text.find(separator, begin);
    parts.push_back(Trimmed(text.substr(begin, end - begin)));
    if (end == std::string::npos) return parts;
    begin = end + separator.size();
  }
}

// The names among the words of a cell such as "limit, filter_resource_type and
// the other set fields of the filter" and "relation_name or permission_name".
std::vector<std::set<std::string>> ReadKeys(const std::string& cell) {
  static const std::regex name("[a-z_]+");
  std::vector<std::set<std::string>> keys;
  for (const std::string& part : Split(cell, ", ")) {
    std::set<std::string> choice;
    for (const std::string& word : Split(Split(part, " and ")[0], " or ")) {
      if (std::regex_match(word, name)) choice.insert(word);
    }
    if (!choice.empty()) keys.push_back(choice);
  }
  return keys;
}

ErrorRow ReadRow(const std::string& line) {
  const std::vector<std::string> cells = Split(line, "|");
  if (cells.size() != 6) throw std::runtime_error("not four cells: " + line);
  ErrorRow row;
  row.when = cells[1];
  for (const std::string& code : Split(cells[2], ", ")) row.codes.insert(code);
  row.reason = cells[3];
  row.keys = ReadKeys(cells[4]);
  return row;
}

std::string MethodTaking(const Descriptor* request) {
  // A file that nothing refers to would not be linked in.
  for (const Descriptor* type : {wire::WatchRequest::descriptor(),
                                 wire::BulkCheckPermissionRequest::descriptor(),
                                 wire::WriteSchemaRequest::descriptor(),
                                 wire::CheckPermissionRequest::descriptor()}) {
    const auto* file = type->file();
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        if (service->method(m)->input_type() != request) continue;
        return fmt::format("/{}/{}", service->full_name(),
                           service->method(m)->name());
      }
    }
  }
  throw std::runtime_error("no method takes " + request->full_name());
}

void MustSucceed(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error_message());
}

}  // namespace

const char World::kSchema[] = R"(use expiration

caveat on_day(day string, today string) {
	day == today
}

caveat divides(number int, by int) {
	number / by > 0
}

definition user {}

definition team {
	relation member: user | team#member
}

definition document {
	relation viewer: user | team#member | user with on_day | user with divides
	relation timed: user with expiration
	relation banned: user | document#odd
	permission view = viewer + timed
	permission odd = viewer - banned
}
)";

std::vector<ErrorRow> ReadErrorTable() {
  std::ifstream file(KITH_SOURCE_DIR "/proto/README.md");
  std::vector<ErrorRow> rows;
  std::string line;
  while (std::getline(file, line) && line != kFirstLine) {
  }
  while (std::getline(file, line) && line.rfind(kRuler, 0) != 0) {
  }
  while (std::getline(file, line) && !line.empty()) {
    rows.push_back(ReadRow(line));
  }
  return rows;
}

World::World() {
  server_.Start();
  client_ = std::make_unique<Client>(server_.address());
  MustSucceed(client_->WriteSchema(kSchema));
  std::vector<wire::RelationshipUpdate> updates = {
      Touch("document:a#viewer@user:there"),
      // Odd is odd where it is banned.
      Touch("document:odd#viewer@user:anne"),
      Touch("document:odd#banned@document:odd#odd"),
      Touch("document:deep#viewer@team:t0#member")};
  for (int i = 0; i < 60; ++i) {
    updates.push_back(
        Touch(fmt::format("team:t{}#member@team:t{}#member", i, i + 1)));
  }
  updates.push_back(Touch("team:t60#member@user:anne"));
  updates.push_back(
      With(Touch("document:a#viewer@user:divided"), [](auto* update) {
        auto* caveat =
            update->mutable_relationship()->mutable_optional_caveat();
        caveat->set_caveat_name("divides");
        (*caveat->mutable_context()->mutable_fields())["by"].set_number_value(
            0);
      }));
  MustSucceed(client_->Write(updates, &early_token_));
  MustSucceed(client_->Write({Touch("document:later#viewer@user:anne")}));
}

grpc::Status Send(Client& client, const Message& request) {
  return CallByName(client.channel(), MethodTaking(request.GetDescriptor()),
                    ServerProcess::kKey, request.SerializeAsString());
}

std::function<grpc::Status(World&)> Sending(const Message& request) {
  const std::shared_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  return [copy](World& world) { return Send(world.client(), *copy); };
}

std::function<grpc::Status(World&)> OnServer(
    const std::vector<std::string>& flags,
    const std::function<void(Client&)>& prepare,
    const std::function<grpc::Status(Client&)>& call) {
  return [=](World&) {
    ServerProcess server;
    server.Start(flags);
    Client client(server.address());
    MustSucceed(client.WriteSchema(World::kSchema));
    if (prepare) prepare(client);
    const std::string before = HeadToken(client);
    const grpc::Status status = call(client);
    EXPECT_EQ(HeadToken(client), before) << "a refused call changed something";
    return status;
  };
}

std::string HeadToken(Client& client) {
  std::string token;
  MustSucceed(client.ReadSchema(nullptr, &token));
  return token;
}

}  // namespace kith::integration
