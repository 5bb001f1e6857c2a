#include "fault/workload.h"

#include <fmt/format.h>

namespace kith::fault {
namespace {

std::string SubjectId(uint64_t batch, int i) {
  return fmt::format("b{}x{}", batch, i);
}

Relationship RelationshipOf(int writer, uint64_t batch, int i) {
  return Relationship(ObjectRef("document", DocumentOf(writer)), "viewer",
                      SubjectRef(ObjectRef("user", SubjectId(batch, i))));
}

}  // namespace

std::string DocumentOf(int writer) { return fmt::format("w{}", writer); }

std::vector<Relationship> ImportOf(int writer, uint64_t batch) {
  std::vector<Relationship> relationships;
  for (int i = 0; i < kBatchRelationships; ++i) {
    relationships.push_back(RelationshipOf(writer, batch, i));
  }
  return relationships;
}

WriteRequest RequestOf(int writer, uint64_t batch) {
  WriteRequest request;
  for (int i = 0; i < kBatchRelationships; ++i) {
    const auto remove = [&](uint64_t of_batch) {
      if (of_batch <= kBatchesKept) return;
      request.updates.push_back(
          Delete(RelationshipOf(writer, of_batch - kBatchesKept, i)));
    };
    request.updates.push_back(Create(RelationshipOf(writer, batch, i)));
    remove(batch);
    if (IsImport(batch - 1)) remove(batch - 1);
  }
  return request;
}

std::set<std::string> SubjectsAfter(uint64_t batch) {
  std::set<std::string> subjects;
  uint64_t first = batch > kBatchesKept ? batch - kBatchesKept + 1 : 1;
  if (first > 1 && IsImport(batch)) --first;
  for (uint64_t b = first; b <= batch; ++b) {
    for (int i = 0; i < kBatchRelationships; ++i) {
      subjects.insert(SubjectId(b, i));
    }
  }
  return subjects;
}

}  // namespace kith::fault
