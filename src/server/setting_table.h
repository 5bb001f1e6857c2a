#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/settings.h"

namespace kith::server {

// One thing that can be set, by flag, environment or file.
struct Setting {
  std::string name;  // as a flag, without the dashes
  std::string help;  // with the unit
  std::string default_text;
  // A flag without a value means true.
  bool is_switch = false;
  bool is_list = false;
  // Applies the text; the error says what would be right. A list is given all
  // its texts, everything else one.
  std::function<absl::Status(const std::vector<std::string>&, Settings*)> apply;

  std::string EnvironmentName() const;  // KITH_GRPC_ADDR
  std::string FileKey() const;          // grpc_addr
};

const std::vector<Setting>& SettingTable();

}  // namespace kith::server
