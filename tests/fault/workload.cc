#include "fault/workload.h"

#include <fmt/format.h>

namespace kith::fault {
namespace {

std::string SubjectId(uint64_t batch, int i) {
  return fmt::format("b{}x{}", batch, i);
}

}  // namespace

std::string DocumentOf(int writer) { return fmt::format("w{}", writer); }

WriteRequest RequestOf(int writer, uint64_t batch) {
  WriteRequest request;
  for (int i = 0; i < kBatchRelationships; ++i) {
    const auto relationship = [&](uint64_t of_batch) {
      return Relationship(
          ObjectRef("document", DocumentOf(writer)), "viewer",
          SubjectRef(ObjectRef("user", SubjectId(of_batch, i))));
    };
    request.updates.push_back(Create(relationship(batch)));
    if (batch > kBatchesKept) {
      request.updates.push_back(Delete(relationship(batch - kBatchesKept)));
    }
  }
  return request;
}

std::set<std::string> SubjectsAfter(uint64_t batch) {
  std::set<std::string> subjects;
  const uint64_t first = batch > kBatchesKept ? batch - kBatchesKept + 1 : 1;
  for (uint64_t b = first; b <= batch; ++b) {
    for (int i = 0; i < kBatchRelationships; ++i) {
      subjects.insert(SubjectId(b, i));
    }
  }
  return subjects;
}

}  // namespace kith::fault
