#pragma once

#include <functional>
#include <memory>

namespace kith::interleaving {

// A function with a stack of its own that is run in pieces, on the thread that
// resumes it. It must have ended when it is destroyed. Sanitizers are told.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs it until it yields or ends. Not from within a fiber.
  void Resume();
  bool ended() const;

  // Within one: back to who resumed it.
  static void Yield();

 private:
  struct State;
  static void Enter();
  const std::unique_ptr<State> state_;
};

}  // namespace kith::interleaving
