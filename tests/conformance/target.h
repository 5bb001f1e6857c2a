#pragma once

#include <memory>
#include <ostream>

#include "kith/database.h"

namespace kith::conformance {

// What the rules are held against: the library, or a server over gRPC.
class Target {
 public:
  virtual ~Target() = default;
  // A database without relationships and with no schema that matters. Lives
  // until the next call.
  virtual Database& Empty() = 0;
};

// How a Target is had; its name is the test's.
struct TargetKind {
  const char* name;
  std::unique_ptr<Target> (*make)();
};
inline void PrintTo(const TargetKind& kind, std::ostream* out) {
  *out << kind.name;
}

}  // namespace kith::conformance
