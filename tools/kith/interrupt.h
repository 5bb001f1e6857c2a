#pragma once

#include <functional>

namespace kith::tool {

// Calls `stop`, on a thread of its own, when the user interrupts the process
// (SIGINT) or it is asked to end (SIGTERM). The second signal ends it as if
// nobody had asked. Once in a process.
void OnInterrupt(std::function<void()> stop);

}  // namespace kith::tool
