#include "interleaving/fiber.h"

#include <ucontext.h>

#include <cstdlib>
#include <utility>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#elif defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace kith::interleaving {
namespace {

constexpr size_t kStackBytes = 256 << 10;

// Stacks are used again: there are as many executions as there are orders.
std::vector<std::unique_ptr<char[]>>& FreeStacks() {
  static std::vector<std::unique_ptr<char[]>> stacks;
  return stacks;
}

std::unique_ptr<char[]> TakeStack() {
  auto& stacks = FreeStacks();
  if (stacks.empty()) return std::make_unique<char[]>(kStackBytes);
  auto stack = std::move(stacks.back());
  stacks.pop_back();
  return stack;
}

}  // namespace

struct Fiber::State {
  std::function<void()> body;
  std::unique_ptr<char[]> stack = TakeStack();
  ucontext_t own;
  ucontext_t resumer;
  bool ended = false;
#if defined(__SANITIZE_THREAD__)
  void* own_shadow = __tsan_create_fiber(0);
  void* resumer_shadow = nullptr;
#elif defined(__SANITIZE_ADDRESS__)
  const void* resumer_stack = nullptr;
  size_t resumer_stack_size = 0;
#endif

  void SwitchIn() {
#if defined(__SANITIZE_THREAD__)
    resumer_shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(own_shadow, 0);
    swapcontext(&resumer, &own);
#elif defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, stack.get(), kStackBytes);
    swapcontext(&resumer, &own);
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#else
    swapcontext(&resumer, &own);
#endif
  }

  void SwitchOut() {
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(resumer_shadow, 0);
    swapcontext(&own, &resumer);
#elif defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(ended ? nullptr : &fake_stack, resumer_stack,
                                   resumer_stack_size);
    swapcontext(&own, &resumer);
    __sanitizer_finish_switch_fiber(fake_stack, &resumer_stack,
                                    &resumer_stack_size);
#else
    swapcontext(&own, &resumer);
#endif
  }
};

namespace {
Fiber* running = nullptr;
}  // namespace

Fiber::Fiber(std::function<void()> body) : state_(std::make_unique<State>()) {
  state_->body = std::move(body);
  getcontext(&state_->own);
  state_->own.uc_stack.ss_sp = state_->stack.get();
  state_->own.uc_stack.ss_size = kStackBytes;
  state_->own.uc_link = nullptr;
  makecontext(&state_->own, &Fiber::Enter, 0);
}

Fiber::~Fiber() {
  if (!state_->ended) std::abort();
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(state_->own_shadow);
#endif
  FreeStacks().push_back(std::move(state_->stack));
}

void Fiber::Enter() {
  State& state = *running->state_;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &state.resumer_stack,
                                  &state.resumer_stack_size);
#endif
  state.body();
  state.body = nullptr;
  state.ended = true;
  state.SwitchOut();
}

void Fiber::Resume() {
  running = this;
  state_->SwitchIn();
  running = nullptr;
}

bool Fiber::ended() const { return state_->ended; }

void Fiber::Yield() { running->state_->SwitchOut(); }

}  // namespace kith::interleaving
