#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "integration/client.h"

// The table of errors of proto/README.md as data: what callers were promised.
// error_table_test.cc holds every row against a server, with the calls of
// error_cases.h.

namespace kith::integration {

struct ErrorRow {
  std::string when;
  std::set<std::string> codes;  // "INVALID_ARGUMENT"; one of them
  std::string reason;           // without ERROR_REASON_; empty: no ErrorInfo
  // Metadata keys, of each inner set at least one.
  std::vector<std::set<std::string>> keys;

  // How GoogleTest names the row.
  friend void PrintTo(const ErrorRow& row, std::ostream* out) {
    *out << row.when;
  }
};

// In the order of the file.
std::vector<ErrorRow> ReadErrorTable();

// The server that most cases share: a schema with some relationships, default
// limits.
class World {
 public:
  World();

  Client& client() { return *client_; }
  const std::string& address() const { return server_.address(); }
  // Of the revision at which everything was written; there are later ones.
  const std::string& early_token() const { return early_token_; }

  static const char kSchema[];

 private:
  ServerProcess server_;
  std::unique_ptr<Client> client_;
  std::string early_token_;
};

// A call that must fail as its row says.
struct ErrorCase {
  std::string name;
  std::function<grpc::Status(World&)> call;
};

// By ErrorRow::when.
using ErrorCases = std::map<std::string, std::vector<ErrorCase>>;

// Sends `request` to the method of the public API that takes such messages, as
// the only message where it takes several.
grpc::Status Send(Client& client, const google::protobuf::Message& request);
// The same as a case's call, to the shared server.
std::function<grpc::Status(World&)> Sending(
    const google::protobuf::Message& request);

// A server of the case's own: `flags`, the schema of World, then `prepare`
// (may be empty; what it sends must succeed), then `call`. A call that fails
// and yet changed something is a failure of the test.
std::function<grpc::Status(World&)> OnServer(
    const std::vector<std::string>& flags,
    const std::function<void(Client&)>& prepare,
    const std::function<grpc::Status(Client&)>& call);

// A token of the newest revision: it tells whether anything was committed.
std::string HeadToken(Client& client);

// A message changed by `change`.
template <typename Message, typename Change>
Message With(Message message, Change change) {
  change(&message);
  return message;
}

}  // namespace kith::integration
