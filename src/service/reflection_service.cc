#include "service/reflection_service.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string>
#include <vector>

#include "grpc/reflection/v1/reflection.pb.h"
#include "service/service_names.h"

namespace kith::service {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using Request = grpc::reflection::v1::ServerReflectionRequest;
using Response = grpc::reflection::v1::ServerReflectionResponse;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

void SetNotFound(const std::string& what, Response* out) {
  auto* error = out->mutable_error_response();
  error->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
  error->set_error_message(fmt::format("\"{}\" is not known here", what));
}

// The file and, before it, all that it imports.
void AddFiles(const FileDescriptor* file, std::set<std::string>* seen,
              Response* out) {
  if (!seen->insert(file->name()).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddFiles(file->dependency(i), seen, out);
  }
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  out->mutable_file_descriptor_response()->add_file_descriptor_proto(
      proto.SerializeAsString());
}

void SetFile(const FileDescriptor* file, const std::string& asked_for,
             Response* out) {
  if (file == nullptr) return SetNotFound(asked_for, out);
  std::set<std::string> seen;
  AddFiles(file, &seen, out);
}

void SetExtensions(const std::string& type, Response* out) {
  const auto* message = Pool().FindMessageTypeByName(type);
  if (message == nullptr) return SetNotFound(type, out);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  Pool().FindAllExtensions(message, &extensions);
  auto* numbers = out->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const auto* field : extensions) {
    numbers->add_extension_number(field->number());
  }
}

void SetFileOfExtension(const grpc::reflection::v1::ExtensionRequest& in,
                        Response* out) {
  const auto* message = Pool().FindMessageTypeByName(in.containing_type());
  const auto* field = message == nullptr ? nullptr
                                         : Pool().FindExtensionByNumber(
                                               message, in.extension_number());
  SetFile(field == nullptr ? nullptr : field->file(), in.containing_type(),
          out);
}

void Answer(const std::set<std::string>& services, const Request& in,
            Response* out) {
  switch (in.message_request_case()) {
    case Request::kListServices:
      for (const std::string& name : services) {
        out->mutable_list_services_response()->add_service()->set_name(name);
      }
      return;
    case Request::kFileByFilename:
      return SetFile(Pool().FindFileByName(in.file_by_filename()),
                     in.file_by_filename(), out);
    case Request::kFileContainingSymbol:
      return SetFile(
          Pool().FindFileContainingSymbol(in.file_containing_symbol()),
          in.file_containing_symbol(), out);
    case Request::kFileContainingExtension:
      return SetFileOfExtension(in.file_containing_extension(), out);
    case Request::kAllExtensionNumbersOfType:
      return SetExtensions(in.all_extension_numbers_of_type(), out);
    case Request::MESSAGE_REQUEST_NOT_SET:
      return SetNotFound("", out);
  }
}

}  // namespace

void AddReflectionMethods(MethodTable* methods) {
  std::set<std::string> services = ServiceNames(*methods);
  services.insert("grpc.reflection.v1.ServerReflection");
  for (const char* package :
       {"grpc.reflection.v1", "grpc.reflection.v1alpha"}) {
    Method& info = methods->Conversation<Request, Response>(
        fmt::format("/{}.ServerReflection/ServerReflectionInfo", package),
        [services](auto&, const auto& in, auto* out) {
          out->set_valid_host(in.host());
          *out->mutable_original_request() = in;
          Answer(services, in, out);
          return absl::OkStatus();
        });
    info.needs_key = false;
  }
}

}  // namespace kith::service
