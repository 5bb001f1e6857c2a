#include "tools/kith/context_store.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/kith/errors.h"
#include "tools/kith/files.h"

namespace kith::tool {
namespace {

constexpr unsigned kOwnerOnly = 0600;

Json JsonOfContext(const Context& context) {
  Json json = {{"endpoint", context.endpoint}};
  if (!context.token.empty()) json["token"] = context.token;
  if (context.insecure) json["insecure"] = true;
  if (context.tls) json["tls"] = true;
  if (!context.tls_ca.empty()) json["tls_ca"] = context.tls_ca;
  return json;
}

Context ContextOfJson(const Json& json) {
  Context context;
  context.endpoint = json.value("endpoint", "");
  context.token = json.value("token", "");
  context.insecure = json.value("insecure", false);
  context.tls = json.value("tls", false);
  context.tls_ca = json.value("tls_ca", "");
  return context;
}

}  // namespace

std::string ContextStore::DefaultPath(const Environment& environment) {
  std::filesystem::path folder;
  if (const auto xdg = environment("XDG_CONFIG_HOME")) {
    folder = *xdg;
  } else {
    folder =
        std::filesystem::path(environment("HOME").value_or(".")) / ".config";
  }
  return (folder / "kith" / "contexts.json").string();
}

absl::StatusOr<ContextStore> ContextStore::Load(std::string path) {
  ContextStore store;
  store.path_ = std::move(path);
  std::ifstream file(store.path_, std::ios::binary);
  if (!file) {
    if (std::filesystem::exists(store.path_)) {
      return CannotRead(store.path_, "check its permissions");
    }
    return store;
  }
  try {
    const Json json = Json::parse(file);
    store.current_ = json.value("current", "");
    for (const auto& [name, context] : json.at("contexts").items()) {
      store.contexts_[name] = ContextOfJson(context);
    }
  } catch (const Json::exception& error) {
    return CannotRead(store.path_,
                      "it is not a file of contexts; move it away and use "
                      "\"kith context set\" anew");
  }
  return store;
}

absl::Status ContextStore::Save() const {
  const std::filesystem::path folder =
      std::filesystem::path(path_).parent_path();
  std::error_code error;
  if (std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all,
                                 error);
  }
  if (error) return CannotWrite(folder.string(), error.message());
  Json json = {{"current", current_}, {"contexts", Json::object()}};
  for (const auto& [name, context] : contexts_) {
    json["contexts"][name] = JsonOfContext(context);
  }
  return ReplaceFile(path_, json.dump(2) + "\n", kOwnerOnly);
}

const Context* ContextStore::Find(const std::string& name) const {
  const auto it = contexts_.find(name);
  return it == contexts_.end() ? nullptr : &it->second;
}

void ContextStore::Set(const std::string& name, Context context) {
  contexts_[name] = std::move(context);
  if (current_.empty()) current_ = name;
}

bool ContextStore::Use(const std::string& name) {
  if (Find(name) == nullptr) return false;
  current_ = name;
  return true;
}

bool ContextStore::Remove(const std::string& name) {
  if (contexts_.erase(name) == 0) return false;
  if (current_ == name) current_.clear();
  return true;
}

std::string MaskToken(std::string_view token) {
  constexpr size_t kShown = 4;
  if (token.empty()) return "";
  if (token.size() < 4 * kShown) return "****";
  return "****" + std::string(token.substr(token.size() - kShown));
}

}  // namespace kith::tool
