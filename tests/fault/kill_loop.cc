// kill_loop --kills N --seed S [--dir D] [--writers W]
//
// Starts a process that writes from many threads, kills it with SIGKILL at a
// random moment or at a named point of the commit, reopens the database, and
// audits it (audit.h); again and again on the same directory. Acknowledged
// writes are kept in a synced journal beside it. Exit code 1 when the audit
// finds anything wrong; the directory is then kept.

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <limits>
#include <random>
#include <string>

#include "fault/audit.h"
#include "fault/child.h"
#include "fault/writer.h"

namespace kith::fault {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  int kills = 20;
  uint64_t seed = 0;
  int writers = 8;
  int max_delay_ms = 120;
  std::string directory;
};

// A file whose content is on stable storage when Append returns.
class Journal {
 public:
  explicit Journal(const std::string& path)
      : file_(open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644)) {}
  ~Journal() { close(file_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool Append(const std::string& text) {
    return write(file_, text.data(), text.size()) ==
               static_cast<ssize_t>(text.size()) &&
           fdatasync(file_) == 0;
  }

 private:
  const int file_;
};

class KillLoop {
 public:
  explicit KillLoop(const Settings& settings)
      : settings_(settings),
        random_(settings.seed),
        audit_(settings.writers, settings.seed),
        journal_(settings.directory + "/journal") {}

  // False when something is wrong.
  bool Run() {
    for (int kill = 0; kill < settings_.kills; ++kill) {
      if (!KillOnce(kill)) return false;
    }
    fmt::print(
        "kills {} (at a fault point {}), acknowledged {}, unacknowledged but "
        "there {}, states compared {}, wrong 0, seed {}\n",
        settings_.kills, at_fault_point_, audit_.acknowledged(),
        audit_.survived(), audit_.states_compared(), settings_.seed);
    return true;
  }

 private:
  static constexpr const char* kFaultPoints[] = {
      "committer.commit",
      "committer.before_publish",
      "committer.before_answer",
      "storage.commit.before_write",
      "storage.commit.after_write",
      "storage.commit.before_publish",
      "storage.commit.after_publish",
  };

  std::vector<std::string> ChildArguments() {
    std::vector<std::string> arguments = {"--writer", "--dir",
                                          DatabaseDirectory()};
    for (const uint64_t batch : audit_.next_batch()) {
      arguments.push_back("--next");
      arguments.push_back(std::to_string(batch));
    }
    by_itself_ = random_() % 2 == 0;
    if (by_itself_) {
      arguments.push_back("--die-at");
      arguments.push_back(kFaultPoints[random_() % std::size(kFaultPoints)]);
      arguments.push_back("--hit");
      arguments.push_back(std::to_string(1 + random_() % 40));
    }
    return arguments;
  }

  bool KillOnce(int kill) {
    Child child(ChildArguments());
    const auto patience = Clock::now() + std::chrono::seconds(60);
    if (by_itself_) {
      child.Collect(patience, std::numeric_limits<size_t>::max());
      ++at_fault_point_;
    } else {
      // From the first acknowledgement on, so that writing is under way.
      child.Collect(patience, 1);
      const auto delay = random_() % (settings_.max_delay_ms * 1000);
      child.Collect(Clock::now() + std::chrono::microseconds(delay),
                    std::numeric_limits<size_t>::max());
    }
    if (!child.Kill()) {
      fmt::print(stderr, "kill {}, seed {}: the writer ended by itself\n", kill,
                 settings_.seed);
      return false;
    }
    if (!journal_.Append(child.TakeLines())) {
      perror("journal");
      return false;
    }
    const auto wrong = audit_.Check(DatabaseDirectory(), child.acknowledged());
    for (const std::string& what : wrong) {
      fmt::print(stderr, "kill {}, seed {}: {}\n", kill, settings_.seed, what);
    }
    return wrong.empty();
  }

  std::string DatabaseDirectory() const { return settings_.directory + "/db"; }

  const Settings settings_;
  std::mt19937_64 random_;
  Audit audit_;
  Journal journal_;
  bool by_itself_ = false;
  int at_fault_point_ = 0;
};

int RunLoop(Settings settings) {
  const bool own_directory = settings.directory.empty();
  if (own_directory) {
    std::string name =
        (std::filesystem::temp_directory_path() / "kith_kill_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      perror("mkdtemp");
      return 2;
    }
    settings.directory = name;
  } else {
    std::filesystem::create_directories(settings.directory);
  }
  const bool good = KillLoop(settings).Run();
  if (good && own_directory) std::filesystem::remove_all(settings.directory);
  if (!good) fmt::print(stderr, "kept: {}\n", settings.directory);
  return good ? 0 : 1;
}

int Main(int argc, char** argv) {
  Settings settings;
  settings.seed = std::random_device()();
  WriterPlan plan;
  bool writer = false;
  CLI::App app("Kills a writing database and audits what it leaves");
  app.add_option("--kills", settings.kills, "how often");
  app.add_option("--seed", settings.seed, "of the random choices");
  app.add_option("--writers", settings.writers, "writing threads");
  app.add_option("--max-delay-ms", settings.max_delay_ms,
                 "longest life after the first acknowledgement");
  app.add_option("--dir", settings.directory, "kept; default: a temporary one");
  app.add_flag("--writer", writer, "be the process that is killed");
  app.add_option("--next", plan.next_batch, "next batch of each writer");
  app.add_option("--die-at", plan.die_at_point, "fault point to die at");
  app.add_option("--hit", plan.die_at_hit, "at which of its hits");
  CLI11_PARSE(app, argc, argv);
  if (!writer) return RunLoop(settings);
  plan.directory = settings.directory;
  return RunWriter(plan);
}

}  // namespace
}  // namespace kith::fault

int main(int argc, char** argv) { return kith::fault::Main(argc, argv); }
