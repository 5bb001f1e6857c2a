#include "kith_bench/process_cpu.h"

#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace kith::bench {
namespace {

std::optional<uint64_t> NanosOf(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0) return std::nullopt;
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(time.tv_nsec);
}

std::optional<pid_t> ParentOf(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text);
  // The second field is a name in parentheses that may hold spaces.
  const size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(after_name + 1));
  std::string state;
  pid_t parent = 0;
  if (fields >> state >> parent) return parent;
  return std::nullopt;
}

std::multimap<pid_t, pid_t> ChildrenByParent() {
  std::multimap<pid_t, pid_t> children;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto parsed =
        std::from_chars(name.data(), name.data() + name.size(), process);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
      continue;
    }
    const std::optional<pid_t> parent = ParentOf(process);
    if (parent) children.emplace(*parent, process);
  }
  return children;
}

}  // namespace

ProcessCpu::ProcessCpu(std::vector<pid_t> processes)
    : processes_(std::move(processes)) {}

absl::StatusOr<ProcessCpu::Sample> ProcessCpu::Now() const {
  Sample sample;
  if (empty()) return sample;
  for (const pid_t process : processes_) {
    const std::optional<uint64_t> nanos = NanosOf(process);
    if (!nanos) {
      return absl::NotFoundError(
          fmt::format("there is no process \"{}\"", process));
    }
    sample[process] = *nanos;
  }
  const auto children = ChildrenByParent();
  std::vector<pid_t> todo = processes_;
  while (!todo.empty()) {
    const pid_t parent = todo.back();
    todo.pop_back();
    const auto [begin, end] = children.equal_range(parent);
    for (auto it = begin; it != end; ++it) {
      const std::optional<uint64_t> nanos = NanosOf(it->second);
      if (!nanos || !sample.emplace(it->second, *nanos).second) continue;
      todo.push_back(it->second);
    }
  }
  return sample;
}

uint64_t NanosBetween(const ProcessCpu::Sample& before,
                      const ProcessCpu::Sample& after) {
  uint64_t sum = 0;
  for (const auto& [process, nanos] : after) {
    const auto it = before.find(process);
    sum += nanos - (it == before.end() ? 0 : it->second);
  }
  return sum;
}

}  // namespace kith::bench
