#pragma once

#include <set>
#include <string>

#include "service/method_table.h"

namespace kith::service {

// Full names of the services that have a method in the table.
std::set<std::string> ServiceNames(const MethodTable& methods);

}  // namespace kith::service
