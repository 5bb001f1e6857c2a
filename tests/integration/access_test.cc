// Who may call what: keys for each RPC, TLS, Unix socket, health, reflection.

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "authzed/api/v1/error_reason.pb.h"
#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/watch_service.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using google::protobuf::DescriptorPool;
using grpc::StatusCode;

// "/package.Service/Method" of every RPC that proto/authzed declares.
std::vector<std::string> AllMethods() {
  // Files that nothing refers to would not be linked in.
  wire::WatchRequest::descriptor();
  wire::ExperimentalCountRelationshipsRequest::descriptor();
  wire::ErrorReason_descriptor();
  std::vector<std::string> methods;
  const std::filesystem::path root = KITH_SOURCE_DIR "/proto";
  for (const auto& entry :
       std::filesystem::directory_iterator(root / "authzed/api/v1")) {
    const std::string name =
        std::filesystem::relative(entry.path(), root).string();
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) {
      ADD_FAILURE() << name << " is not linked in";
      continue;
    }
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back("/" + file->service(s)->full_name() + "/" +
                          file->service(s)->method(m)->name());
      }
    }
  }
  return methods;
}

std::shared_ptr<grpc::Channel> PlainChannel(const std::string& address) {
  return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

TEST(AccessTest, EveryMethodNeedsAKeyAndIsServed) {
  ServerProcess server;
  server.Start({"--preshared-key", "second-key"});
  const auto channel = PlainChannel(server.address());
  const auto methods = AllMethods();
  EXPECT_GE(methods.size(), 27u);
  std::set<std::string> answered;
  for (const std::string& method : methods) {
    EXPECT_EQ(CallByName(channel, method, "").error_code(),
              StatusCode::UNAUTHENTICATED)
        << method;
    EXPECT_EQ(CallByName(channel, method, "wrong").error_code(),
              StatusCode::PERMISSION_DENIED)
        << method;
    for (const char* key : {ServerProcess::kKey, "second-key"}) {
      // No message, so that no stream without an end begins.
      const StatusCode code =
          CallByName(channel, method, key, "\x0f").error_code();
      EXPECT_NE(code, StatusCode::UNAUTHENTICATED) << method;
      EXPECT_NE(code, StatusCode::PERMISSION_DENIED) << method;
      if (code != StatusCode::UNIMPLEMENTED) answered.insert(method);
    }
  }
  EXPECT_EQ(answered, std::set<std::string>(methods.begin(), methods.end()));
}

TEST(AccessTest, UnknownServicesNeedAKeyToo) {
  ServerProcess server;
  server.Start();
  const auto channel = PlainChannel(server.address());
  EXPECT_EQ(CallByName(channel, "/no.Such/Thing", "").error_code(),
            StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(
      CallByName(channel, "/no.Such/Thing", ServerProcess::kKey).error_code(),
      StatusCode::UNIMPLEMENTED);
}

TEST(AccessTest, InsecureServesEverybody) {
  ServerProcess server;
  server.Start({"--insecure"});
  EXPECT_EQ(CallByName(PlainChannel(server.address()),
                       "/authzed.api.v1.SchemaService/ReadSchema", "")
                .error_code(),
            StatusCode::NOT_FOUND);
}

TEST(AccessTest, HealthNeedsNoKeyAndKnowsTheServices) {
  ServerProcess server;
  server.Start();
  const auto stub =
      grpc::health::v1::Health::NewStub(PlainChannel(server.address()));
  for (const char* service : {"", "authzed.api.v1.PermissionsService"}) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status =
        stub->Check(NewContext("").get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.status(),
              grpc::health::v1::HealthCheckResponse::SERVING);
  }
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("no.Such");
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_EQ(stub->Check(NewContext("").get(), request, &response).error_code(),
            StatusCode::NOT_FOUND);
}

TEST(AccessTest, HealthWatchNeedsNoKeyAndTellsChanges) {
  using Response = grpc::health::v1::HealthCheckResponse;
  ServerProcess server;
  server.Start({"--drain-delay", "1h"});
  const auto stub =
      grpc::health::v1::Health::NewStub(PlainChannel(server.address()));
  const auto context = NewContext("");
  const auto watch = stub->Watch(context.get(), {});
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("no.Such");
  const auto other_context = NewContext("");
  const auto other = stub->Watch(other_context.get(), request);
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVING);
  ASSERT_TRUE(other->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVICE_UNKNOWN);
  server.Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::NOT_SERVING);
  // The second signal does not wait.
  server.Signal(SIGTERM);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_FALSE(other->Read(&response));
}

TEST(AccessTest, ReflectionNeedsNoKeyAndGivesFilesWithTheirImports) {
  ServerProcess server;
  server.Start();
  const auto stub = grpc::reflection::v1::ServerReflection::NewStub(
      PlainChannel(server.address()));
  const auto context = NewContext("");
  const auto stream = stub->ServerReflectionInfo(context.get());
  grpc::reflection::v1::ServerReflectionRequest request;
  grpc::reflection::v1::ServerReflectionResponse response;
  request.set_list_services("*");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  std::set<std::string> services;
  for (const auto& service : response.list_services_response().service()) {
    services.insert(service.name());
  }
  EXPECT_EQ(
      services,
      (std::set<std::string>{
          "authzed.api.v1.ExperimentalService",
          "authzed.api.v1.PermissionsService", "authzed.api.v1.SchemaService",
          "authzed.api.v1.WatchService", "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection", "kith.v1.BulkService"}));
  request.set_file_containing_symbol("authzed.api.v1.PermissionsService");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  DescriptorPool pool;
  for (const auto& bytes :
       response.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(bytes));
    EXPECT_NE(pool.BuildFile(file), nullptr) << file.name();
  }
  EXPECT_NE(pool.FindServiceByName("authzed.api.v1.PermissionsService"),
            nullptr);
  request.set_file_containing_symbol("no.Such");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error_response().error_code(), StatusCode::NOT_FOUND);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(AccessTest, MessagesOverTheLimitAreRefused) {
  ServerProcess server;
  server.Start({"--max-message-bytes", "10000"});
  Client client(server.address());
  EXPECT_EQ(client.WriteSchema(std::string(20'000, ' ')).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(client.WriteSchema("definition user {}").ok());
}

TEST(AccessTest, AUnixSocketServesBesideTcp) {
  ServerProcess server;
  const std::string socket = server.dir() / "socket";
  server.Start({"--unix-socket", socket});
  ASSERT_EQ(server.addresses().size(), 2u);
  EXPECT_EQ(server.addresses()[1], "unix:" + socket);
  Client over_socket("unix:" + socket);
  EXPECT_TRUE(over_socket.WriteSchema("definition user {}").ok());
  Client over_tcp(server.address());
  EXPECT_TRUE(over_tcp.ReadSchema().ok());
  EXPECT_EQ(CallByName(PlainChannel("unix:" + socket),
                       "/authzed.api.v1.SchemaService/ReadSchema", "")
                .error_code(),
            StatusCode::UNAUTHENTICATED);
}

// A certificate authority with a certificate of its own for 127.0.0.1.
class Certificates {
 public:
  explicit Certificates(const TempDir& dir) : dir_(dir) {
    Run("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca"
        " -keyout ca.key -out ca.pem");
    dir_.Write("san", "subjectAltName=IP:127.0.0.1\n");
    for (const char* name : {"server", "client"}) {
      const std::string n = name;
      Run("req -newkey rsa:2048 -nodes -subj /CN=" + n + " -keyout " + n +
          ".key -out " + n + ".csr");
      Run("x509 -req -days 2 -in " + n +
          ".csr -CA ca.pem -CAkey ca.key"
          " -CAcreateserial -extfile san -out " +
          n + ".pem");
    }
  }

  std::string Path(const std::string& name) const { return dir_ / name; }
  std::string Text(const std::string& name) const {
    std::ifstream file(Path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  void Run(const std::string& arguments) {
    const std::string command =
        "cd '" + dir_.path() + "' && openssl " + arguments + " 2>openssl.log";
    ASSERT_EQ(std::system(command.c_str()), 0)
        << command << Text("openssl.log");
  }

  const TempDir& dir_;
};

grpc::Status ReadSchemaOver(const std::string& address,
                            const grpc::SslCredentialsOptions& options) {
  Client client(grpc::CreateChannel(address, grpc::SslCredentials(options)),
                ServerProcess::kKey);
  return client.ReadSchema();
}

TEST(AccessTest, TlsAndClientCertificates) {
  const TempDir dir;
  const Certificates certificates(dir);
  ServerProcess server;
  server.Start({"--tls-cert", certificates.Path("server.pem"), "--tls-key",
                certificates.Path("server.key")});
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = certificates.Text("ca.pem");
  EXPECT_EQ(ReadSchemaOver(server.address(), options).error_code(),
            StatusCode::NOT_FOUND);
  Client plain(server.address());
  EXPECT_EQ(plain.ReadSchema().error_code(), StatusCode::UNAVAILABLE);
  server.Stop();

  server.Start({"--tls-cert", certificates.Path("server.pem"), "--tls-key",
                certificates.Path("server.key"), "--tls-client-ca",
                certificates.Path("ca.pem")});
  EXPECT_EQ(ReadSchemaOver(server.address(), options).error_code(),
            StatusCode::UNAVAILABLE)
      << "without a certificate";
  options.pem_cert_chain = certificates.Text("client.pem");
  options.pem_private_key = certificates.Text("client.key");
  EXPECT_EQ(ReadSchemaOver(server.address(), options).error_code(),
            StatusCode::NOT_FOUND);
}

TEST(AccessTest, ACertificateWithTheKeyOfAnotherIsNamed) {
  const TempDir dir;
  const Certificates certificates(dir);
  ServerProcess server;
  try {
    server.Start({"--tls-cert", certificates.Path("server.pem"), "--tls-key",
                  certificates.Path("client.key")});
    FAIL() << "it serves";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("--tls-key not match"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace kith::integration
