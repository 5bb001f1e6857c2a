#include <google/protobuf/descriptor.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "integration/error_cases.h"

namespace kith::integration {
namespace {

using google::protobuf::DescriptorPool;
using grpc::StatusCode;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(60);

// "/package.Service/Method" of all that reflection lists, but for what answers
// without a key.
std::vector<std::string> ListedMethods(
    const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = grpc::reflection::v1::ServerReflection::NewStub(channel);
  const auto context = NewContext("");
  const auto stream = stub->ServerReflectionInfo(context.get());
  grpc::reflection::v1::ServerReflectionRequest request;
  grpc::reflection::v1::ServerReflectionResponse services;
  request.set_list_services("*");
  stream->Write(request);
  stream->Read(&services);
  DescriptorPool pool;
  std::vector<std::string> methods;
  for (const auto& listed : services.list_services_response().service()) {
    if (listed.name().rfind("grpc.", 0) == 0) continue;
    request.set_file_containing_symbol(listed.name());
    grpc::reflection::v1::ServerReflectionResponse files;
    stream->Write(request);
    stream->Read(&files);
    for (const auto& bytes :
         files.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      file.ParseFromString(bytes);
      if (pool.FindFileByName(file.name()) == nullptr) pool.BuildFile(file);
    }
    const auto* service = pool.FindServiceByName(listed.name());
    if (service == nullptr) throw std::runtime_error(listed.name());
    for (int m = 0; m < service->method_count(); ++m) {
      methods.push_back("/" + listed.name() + "/" + service->method(m)->name());
    }
  }
  stream->WritesDone();
  stream->Finish();
  return methods;
}

// The first answer that is not `expected`, else the last.
std::function<grpc::Status(World&)> EveryMethod(const std::string& key,
                                                StatusCode expected) {
  return [=](World& world) {
    const auto& channel = world.client().channel();
    const std::vector<std::string> methods = ListedMethods(channel);
    if (methods.size() < 25) return grpc::Status();  // reflection fails
    grpc::Status status;
    for (const std::string& method : methods) {
      status = CallByName(channel, method, key);
      if (status.error_code() != expected) break;
    }
    return status;
  };
}

// A schema read with these headers for credentials.
std::function<grpc::Status(World&)> WithHeader(const std::string& value) {
  return [=](World& world) {
    const auto stub = wire::SchemaService::NewStub(world.client().channel());
    const auto context = NewContext("");
    context->AddMetadata("authorization", value);
    wire::ReadSchemaResponse response;
    return stub->ReadSchema(context.get(), {}, &response);
  };
}

wire::CheckPermissionRequest CheckAt(const std::string& token, bool exact) {
  return With(CheckOf("document:a", "view", "user:anne"), [&](auto* request) {
    auto* consistency = request->mutable_consistency();
    (exact ? consistency->mutable_at_exact_snapshot()
           : consistency->mutable_at_least_as_fresh())
        ->set_token(token);
  });
}

void AddKeys(ErrorCases* cases) {
  (*cases)["no bearer token"] = {
      {"any method", EveryMethod("", StatusCode::UNAUTHENTICATED)},
      {"another scheme", WithHeader("Basic aW50ZWdyYXRpb24ta2V5")},
      {"an empty header", WithHeader("")}};
  (*cases)["a token that is no key"] = {
      {"any method", EveryMethod("wrong", StatusCode::PERMISSION_DENIED)},
      {"the beginning of a key", WithHeader("Bearer integration-ke")},
      {"a key and more", WithHeader("Bearer integration-key2")}};
}

void AddTokens(ErrorCases* cases) {
  const auto of_another = [](bool exact) {
    return OnServer({}, {}, [exact](Client& client) {
      ServerProcess other;
      other.Start();
      Client stranger(other.address());
      stranger.WriteSchema(World::kSchema);
      return client.Check(CheckAt(HeadToken(stranger), exact));
    });
  };
  auto& tokens = (*cases)["a token that is none, or of another database"];
  for (const bool exact : {false, true}) {
    tokens.push_back({"none", Sending(CheckAt("nonsense", exact))});
    tokens.push_back({"empty", Sending(CheckAt("", exact))});
    tokens.push_back({"of another database", of_another(exact)});
    tokens.push_back({"altered", [exact](World& world) {
                        std::string token = world.early_token();
                        char& middle = token[token.size() / 2];
                        middle = middle == 'A' ? 'B' : 'A';
                        return world.client().Check(CheckAt(token, exact));
                      }});
  }
}

// Asks at the first revision until the history of it is gone.
grpc::Status AskForThePast(Client& client) {
  const std::string token = HeadToken(client);
  const auto give_up = Clock::now() + kPatience;
  grpc::Status status;
  for (int i = 0; status.ok() && Clock::now() < give_up; ++i) {
    client.Write({i % 2 == 0 ? Touch("document:a#viewer@user:turn")
                             : Delete("document:a#viewer@user:turn")});
    status = client.Check(CheckAt(token, true));
  }
  return status;
}

// A token of what was committed after the copy that is served now.
grpc::Status AskForTheFuture(World&) {
  namespace fs = std::filesystem;
  ServerProcess server;
  server.Start();
  Client(server.address()).WriteSchema(World::kSchema);
  server.Stop();
  const std::string copy = server.dir() / "copy";
  fs::copy(server.data_dir(), copy, fs::copy_options::recursive);
  server.Start();
  std::string token;
  Client(server.address())
      .Write({Touch("document:a#viewer@user:anne")}, &token);
  server.Stop();
  fs::remove_all(server.data_dir());
  fs::rename(copy, server.data_dir());
  server.Start();
  return Client(server.address()).Check(CheckAt(token, false));
}

// Writes after the disk took no more.
grpc::Status WriteWithoutADisk(World&) {
  // Inherited by the server: it is to see the error, not the signal.
  signal(SIGXFSZ, SIG_IGN);
  ServerProcess server;
  server.Start();
  Client client(server.address());
  client.WriteSchema(World::kSchema);
  const rlimit none = {0, 0};
  prlimit(server.pid(), RLIMIT_FSIZE, &none, nullptr);
  client.Write({Touch("document:a#viewer@user:anne")});
  const grpc::Status status =
      client.Write({Touch("document:b#viewer@user:anne")});
  if (!client.Stored("document").empty()) return grpc::Status();
  return status;
}

// More long calls at once than one worker and one place to wait hold.
grpc::Status CallTooOften(Client& client) {
  wire::CheckBulkPermissionsRequest request;
  const auto check = CheckOf("document:a", "view", "user:anne");
  for (int i = 0; i < 2000; ++i) {
    auto* item = request.add_items();
    *item->mutable_resource() = check.resource();
    item->set_permission(check.permission());
    *item->mutable_subject() = check.subject();
  }
  const auto give_up = Clock::now() + kPatience;
  std::vector<grpc::Status> statuses(8);
  while (Clock::now() < give_up) {
    std::vector<std::thread> callers;
    for (grpc::Status& status : statuses) {
      callers.emplace_back([&] { status = client.CheckBulk(request); });
    }
    for (std::thread& caller : callers) caller.join();
    for (const grpc::Status& status : statuses) {
      if (!status.ok()) return status;
    }
  }
  return grpc::Status();
}

grpc::Status CallTooLate(World& world) {
  const auto stub = wire::PermissionsService::NewStub(world.client().channel());
  const auto context = NewContext(ServerProcess::kKey);
  context->set_deadline(std::chrono::system_clock::now() -
                        std::chrono::seconds(1));
  wire::CheckPermissionResponse response;
  return stub->CheckPermission(
      context.get(), CheckOf("document:a", "view", "user:anne"), &response);
}

}  // namespace

void AddServerErrors(ErrorCases* cases) {
  AddKeys(cases);
  AddTokens(cases);
  (*cases)["the message is over `--max-message-bytes`"] = {
      {"a schema", OnServer({"--max-message-bytes", "10000"}, {},
                            [](Client& client) {
                              return client.WriteSchema(
                                  std::string(20'000, ' '));
                            })},
      {"more than the default of 4 MiB", [](World& world) {
         return world.client().WriteSchema(std::string(5u << 20, ' '));
       }}};
  (*cases)["a revision that is no longer kept, or not reached yet"] = {
      {"no longer kept",
       [](World&) {
         ServerProcess server;
         server.Start({"--gc-window", "1s", "--gc-interval", "50ms"});
         Client client(server.address());
         client.WriteSchema(World::kSchema);
         return AskForThePast(client);
       }},
      {"not reached yet", AskForTheFuture}};
  (*cases)["stable storage failed: no more writes until a restart"] = {
      {"a disk that takes no more", WriteWithoutADisk}};
  (*cases)["too many long calls, or writes, wait"] = {
      {"long calls", OnServer({"--workers", "1", "--max-waiting-calls", "1"},
                              {}, CallTooOften)}};
  (*cases)["the deadline passed"] = {{"at once", CallTooLate}};
}

}  // namespace kith::integration
