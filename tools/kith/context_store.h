#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/kith/terminal.h"

namespace kith::tool {

// Where a server is and how to speak to it.
struct Context {
  std::string endpoint;  // host:port or unix:/path
  std::string token;     // empty: none
  bool insecure = false;
  bool tls = false;
  std::string tls_ca;  // path; empty: the system's authorities
};

// The named contexts of one user, a JSON file readable by the user alone.
// A file that does not exist is an empty store.
class ContextStore {
 public:
  // $XDG_CONFIG_HOME/kith/contexts.json, with ~/.config as the default.
  static std::string DefaultPath(const Environment& environment);

  // Refused when the file is not JSON of the expected shape.
  static absl::StatusOr<ContextStore> Load(std::string path);
  absl::Status Save() const;

  const std::map<std::string, Context>& contexts() const { return contexts_; }
  const std::string& current() const { return current_; }  // empty: none

  // nullptr when there is none of that name.
  const Context* Find(const std::string& name) const;
  void Set(const std::string& name, Context context);
  // False when there is none of that name.
  bool Use(const std::string& name);
  bool Remove(const std::string& name);

 private:
  std::string path_;
  std::string current_;
  std::map<std::string, Context> contexts_;
};

// Enough of a token to tell two apart and no more: "****cret", or "****" for
// one that is too short to show any of.
std::string MaskToken(std::string_view token);

}  // namespace kith::tool
