#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kith/values.h"

// What measurements run on: a schema, relationships under it and questions
// about them, all computed from a seed, with the right answers known without
// asking any database.

namespace kith::bench {

class Draw;

// What a workload is meant to measure; its other questions work all the same.
enum class Operation : uint8_t {
  kCheck,
  kCheckBulk,
  kLookupResources,
  kLookupSubjects,
  kWrite,
  kImport,
};

struct CheckQuestion {
  ObjectRef resource;
  std::string permission;
  SubjectRef subject;
  Struct context;
  // The answer over the workload's relationships, whatever of
  // Questions::Write was committed beside them.
  Permissionship expected = Permissionship::kNoPermission;
};

struct LookupResourcesQuestion {
  std::string resource_type;
  std::string permission;
  SubjectRef subject;
  // Resources in the answer, as in CheckQuestion. Absent: not known.
  std::optional<uint64_t> expected;
};

struct LookupSubjectsQuestion {
  ObjectRef resource;
  std::string permission;
  std::string subject_type;  // subjects are objects of it
  // Subjects in the answer before anything of Questions::Write was committed.
  // Absent: not known.
  std::optional<uint64_t> expected;
};

// One workload of one size. Immutable, so any thread may use it. Nothing is
// held: every relationship is computed when it is asked for.
class Workload {
 public:
  virtual ~Workload() = default;

  virtual std::string_view schema() const = 0;
  // The Options::max_depth that the deepest answer needs; more than the
  // default of 50 for those that say so.
  virtual uint32_t max_depth() const { return 50; }

  // The relationships: all different, numbered, in an order that keeps
  // neighbours together. `index` is below relationship_count().
  virtual uint64_t relationship_count() const = 0;
  virtual Relationship At(uint64_t index) const = 0;

  // For Questions, which is how to ask.
  virtual CheckQuestion Check(Draw* draw) const = 0;
  // The questions of one page of a user interface: of one subject about
  // neighbouring resources. Of a workload without pages, any questions.
  virtual std::vector<CheckQuestion> Bulk(Draw* draw, size_t count) const;
  virtual std::optional<LookupResourcesQuestion> LookupResources(
      Draw* draw) const;
  virtual std::optional<LookupSubjectsQuestion> LookupSubjects(
      Draw* draw) const;
  // A relationship of a resource that is asked about and a subject that no
  // question names, `stranger`: writing it changes no answer to a check.
  virtual Relationship Stray(Draw* draw, std::string_view stranger) const = 0;
};

// A workload by name: data of one kind and what to do with it.
struct Entry {
  std::string_view name;
  std::string_view description;  // one line
  Operation operation = Operation::kCheck;
  // Items of a bulk check or updates of a write; 1 for other operations.
  size_t batch = 1;
  // The size: 1 is the described one, 10 has about ten times the
  // relationships, 0.01 a hundredth. The same seed makes the same workload.
  std::function<std::unique_ptr<Workload>(double scale, uint64_t seed)> make;
};

// All workloads, in the order of the documentation.
const std::vector<Entry>& Entries();

// Null when there is none of the name.
const Entry* FindEntry(std::string_view name);

}  // namespace kith::bench
