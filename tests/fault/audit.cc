#include "fault/audit.h"

#include <fmt/format.h>

#include <numeric>
#include <set>
#include <utility>

#include "fault/workload.h"

namespace kith::fault {
namespace {

constexpr size_t kMaxSample = 64;

absl::StatusOr<std::set<std::string>> SubjectsIn(
    Database* db, int writer, const Consistency& consistency) {
  ReadRequest request;
  request.filter.resource_type = "document";
  request.filter.resource_id = DocumentOf(writer);
  request.consistency = consistency;
  auto page = db->Read(request);
  if (!page.ok()) return page.status();
  std::set<std::string> subjects;
  for (const ReadItem& item : page->items) {
    subjects.insert(item.relationship.subject.object.id);
  }
  return subjects;
}

}  // namespace

Audit::Audit(int writers, uint64_t seed)
    : random_(seed), applied_(static_cast<size_t>(writers)) {}

std::vector<uint64_t> Audit::next_batch() const {
  std::vector<uint64_t> next = applied_;
  for (uint64_t& batch : next) ++batch;
  return next;
}

void Audit::CheckState(Database* db, int writer, uint64_t batch,
                       const Consistency& consistency, std::string_view what) {
  ++states_compared_;
  const auto subjects = SubjectsIn(db, writer, consistency);
  if (!subjects.ok()) {
    Wrong(fmt::format("{} of writer {} batch {}: {}", what, writer, batch,
                      subjects.status().ToString()));
  } else if (*subjects != SubjectsAfter(batch)) {
    Wrong(fmt::format("{} of writer {} batch {}: wrong state of {} subjects",
                      what, writer, batch, subjects->size()));
  }
}

void Audit::CheckHead(Database* db, int writer) {
  uint64_t& applied = applied_[static_cast<size_t>(writer)];
  const auto subjects = SubjectsIn(db, writer, Consistency());
  if (subjects.ok() && *subjects == SubjectsAfter(applied + 1)) {
    ++applied;
    ++survived_;
  }
  CheckState(db, writer, applied, Consistency(), "head");
}

std::vector<std::string> Audit::Check(
    const std::string& directory,
    const std::vector<Acknowledgement>& acknowledged) {
  wrong_.clear();
  Options options;
  options.path = directory;
  options.create_if_missing = false;
  auto opened = Database::Open(options);
  if (!opened.ok()) return {"reopen: " + opened.status().ToString()};
  Database* const db = opened->get();

  acknowledged_ += acknowledged.size();
  for (const Acknowledgement& one : acknowledged) {
    uint64_t& applied = applied_[static_cast<size_t>(one.writer)];
    if (one.batch != applied + 1) {
      Wrong(fmt::format("writer {} acknowledged batch {} after {}", one.writer,
                        one.batch, applied));
    }
    applied = one.batch;
    CheckState(db, one.writer, one.batch,
               Consistency::AtExactSnapshot(one.token), "acknowledgement");
  }
  for (const Acknowledgement& one : sample_) {
    CheckState(db, one.writer, one.batch,
               Consistency::AtExactSnapshot(one.token), "old revision");
  }
  for (size_t i = 0; i < applied_.size(); ++i) {
    CheckHead(db, static_cast<int>(i));
  }
  const uint64_t expected =
      std::accumulate(applied_.begin(), applied_.end(), uint64_t{1});
  if (const uint64_t head = db->Stats().head_revision; head != expected) {
    Wrong(fmt::format("head is {}, expected {}", head, expected));
  }
  for (const Acknowledgement& one : acknowledged) {
    if (sample_.size() < kMaxSample) {
      sample_.push_back(one);
    } else if (random_() % 16 == 0) {
      sample_[random_() % kMaxSample] = one;
    }
  }
  return std::move(wrong_);
}

}  // namespace kith::fault
