#include "service/service_names.h"

namespace kith::service {

std::set<std::string> ServiceNames(const MethodTable& methods) {
  std::set<std::string> names;
  for (const Method& method : methods.methods()) {
    names.insert(method.name.substr(1, method.name.rfind('/') - 1));
  }
  return names;
}

}  // namespace kith::service
