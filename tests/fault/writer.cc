#include "fault/writer.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <thread>

#include "base/fault.h"
#include "fault/workload.h"
#include "kith/database.h"

namespace kith::fault {
namespace {

[[noreturn]] void GiveUp(const std::string& what, const absl::Status& status) {
  fmt::print(stderr, "writer: {}: {}\n", what, status.ToString());
  // The other threads are at work; there is nothing to take down in order.
  _exit(3);
}

// One write call: shorter than a pipe's atomic size, so lines never mix.
void Say(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) !=
      static_cast<ssize_t>(line.size())) {
    _exit(4);
  }
}

void ArmFaultPoint(const WriterPlan& plan) {
  if (plan.die_at_point.empty()) return;
  auto hits = std::make_shared<std::atomic<uint64_t>>(0);
  SetFaultHook(plan.die_at_point, [hits, last = plan.die_at_hit] {
    if (++*hits == last) kill(getpid(), SIGKILL);
    return absl::OkStatus();
  });
}

absl::StatusOr<Token> WriteBatch(Database* db, int writer, uint64_t batch) {
  if (!IsImport(batch)) {
    const auto written = db->Write(RequestOf(writer, batch));
    if (!written.ok()) return written.status();
    return written->written_at;
  }
  const auto import = db->NewImport({.mode = ImportMode::kCreate});
  const absl::Status added = import->Add(ImportOf(writer, batch));
  if (!added.ok()) return added;
  const auto loaded = import->Commit();
  if (!loaded.ok()) return loaded.status();
  return loaded->written_at;
}

void WriteForever(Database* db, int writer, uint64_t batch) {
  for (;; ++batch) {
    const auto written = WriteBatch(db, writer, batch);
    if (!written.ok()) {
      GiveUp(fmt::format("batch {} of writer {}", batch, writer),
             written.status());
    }
    Say(ToLine({writer, batch, *written}));
  }
}

}  // namespace

std::string ToLine(const Acknowledgement& acknowledgement) {
  return fmt::format("{} {} {}\n", acknowledgement.writer,
                     acknowledgement.batch, acknowledgement.token);
}

bool FromLine(const std::string& line, Acknowledgement* acknowledgement) {
  std::istringstream in(line);
  return static_cast<bool>(in >> acknowledgement->writer >>
                           acknowledgement->batch >> acknowledgement->token);
}

int RunWriter(const WriterPlan& plan) {
  Options options;
  options.path = plan.directory;
  options.max_import_bytes = 1;  // all imports are committed as files
  auto db = Database::Open(options);
  if (!db.ok()) GiveUp("open", db.status());
  if (const auto schema = (*db)->WriteSchema(kSchema); !schema.ok()) {
    GiveUp("schema", schema.status());
  }
  ArmFaultPoint(plan);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < plan.next_batch.size(); ++i) {
    threads.emplace_back(WriteForever, db->get(), static_cast<int>(i),
                         plan.next_batch[i]);
  }
  for (std::thread& thread : threads) thread.join();
  return 3;
}

}  // namespace kith::fault
