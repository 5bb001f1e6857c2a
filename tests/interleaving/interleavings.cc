#include "interleaving/interleavings.h"

#include <fmt/format.h>

#include <bit>
#include <memory>
#include <utility>

#include "interleaving/fiber.h"

namespace kith::interleaving {

// One execution.
class Interleavings::Run {
 public:
  explicit Run(Execution execution) : execution_(std::move(execution)) {
    active = this;
    threads_.resize(execution_.threads.size());
    for (size_t i = 0; i < threads_.size(); ++i) {
      threads_[i].fiber = std::make_unique<Fiber>(execution_.threads[i]);
      Resume(static_cast<int>(i));  // to its first step
    }
  }
  ~Run() {
    // A fiber must end. Nobody looks at what it does.
    cut_ = true;
    for (size_t i = 0; i < threads_.size(); ++i) {
      while (!threads_[i].fiber->ended()) Resume(static_cast<int>(i));
    }
    active = nullptr;
  }

  uint32_t Enabled() const {
    uint32_t mask = 0;
    for (size_t i = 0; i < threads_.size(); ++i) {
      if (!threads_[i].fiber->ended()) mask |= 1u << i;
    }
    return mask;
  }
  // Of the next step.
  const Access& AccessOf(int thread) const { return threads_[thread].access; }

  void Take(int thread) {
    order_.emplace_back(thread, threads_[thread].name);
    Resume(thread);
  }
  void Finish() {
    if (execution_.finish) execution_.finish();
  }

  void Announce(std::string_view name, Access access) {
    threads_[current_].name = name;
    threads_[current_].access = access;
    if (!cut_) Fiber::Yield();
  }
  void Fail(std::string what) {
    if (!failure_ && !cut_) failure_ = std::move(what);
  }

  int current() const { return current_; }
  uint64_t steps() const { return order_.size(); }
  std::optional<std::string> failure() const {
    if (!failure_) return std::nullopt;
    std::string text = *failure_ + "\nin this order:\n";
    for (const auto& [thread, step] : order_) {
      text += fmt::format("  {} {}\n", thread, step);
    }
    return text;
  }

  static inline Run* active = nullptr;

 private:
  struct Thread {
    std::unique_ptr<Fiber> fiber;
    std::string_view name;
    Access access;
  };

  void Resume(int thread) {
    current_ = thread;
    threads_[thread].fiber->Resume();
    current_ = -1;
  }

  const Execution execution_;
  std::vector<Thread> threads_;
  int current_ = -1;
  bool cut_ = false;
  std::vector<std::pair<int, std::string_view>> order_;
  std::optional<std::string> failure_;
};

void Interleavings::Step(std::string_view name, Access access) {
  if (Current() >= 0) Run::active->Announce(name, access);
}

void Interleavings::Fail(std::string what) {
  if (Run::active != nullptr) Run::active->Fail(std::move(what));
}

int Interleavings::Current() {
  return Run::active == nullptr ? -1 : Run::active->current();
}

Interleavings::Result Interleavings::Explore() {
  Result result;
  path_.clear();
  do {
    ++(RunOnce(&result) ? result.schedules : result.cut);
    if (result.failure || result.schedules == max_schedules_) {
      result.complete = false;
      break;
    }
  } while (Backtrack());
  return result;
}

bool Interleavings::RunOnce(Result* result) {
  Run run(make_());
  uint32_t asleep = 0;
  for (size_t depth = 0; run.Enabled() != 0; ++depth) {
    if (depth == path_.size()) {
      const uint32_t awake = run.Enabled() & ~asleep;
      if (awake == 0) return false;
      path_.push_back({run.Enabled(), asleep, 0, std::countr_zero(awake)});
    }
    const Node& node = path_[depth];
    asleep = 0;
    for (uint32_t rest = node.asleep | node.done; reduce_ && rest != 0;
         rest &= rest - 1) {
      const int other = std::countr_zero(rest);
      if (!Conflict(run.AccessOf(other), run.AccessOf(node.chosen))) {
        asleep |= 1u << other;
      }
    }
    run.Take(node.chosen);
  }
  run.Finish();
  result->steps = std::max(result->steps, run.steps());
  result->failure = run.failure();
  return true;
}

bool Interleavings::Backtrack() {
  for (; !path_.empty(); path_.pop_back()) {
    Node& node = path_.back();
    node.done |= 1u << node.chosen;
    const uint32_t rest = node.enabled & ~node.asleep & ~node.done;
    if (rest == 0) continue;
    node.chosen = std::countr_zero(rest);
    return true;
  }
  return false;
}

std::string Interleavings::Result::ToString() const {
  return fmt::format("{} schedules of up to {} steps ({} cut short){}",
                     schedules, steps, cut, complete ? "" : ", stopped early");
}

}  // namespace kith::interleaving
