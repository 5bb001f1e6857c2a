#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/database.h"
#include "tools/kith/validation/validation_file.h"

namespace kith::tool {

// One thing that is not as the file says.
struct ValidationFailure {
  std::string path;
  int line = 0;          // 0: the file as a whole
  std::string subject;   // the assertion, relationship or entry; may be empty
  std::string expected;  // empty when nothing definite was
  std::string actual;

  // `path:line: subject: expected E, got A`.
  std::string ToString() const;
};

struct ValidationReport {
  std::string path;
  size_t relationships = 0;
  size_t assertions = 0;
  size_t expected_subjects = 0;
  std::vector<ValidationFailure> failures;  // in the order of the file's parts

  bool passed() const { return failures.empty(); }
};

// Loads the file's schema and relationships into a database in memory and
// holds every assertion and expected relation against it. Assertions are asked
// one by one and in bulk; the two must agree. Expected subjects must be
// complete: a subject that is found and not listed is a failure.
//
// An error means that nothing could be run for a reason that is not the
// file's (no database could be opened).
absl::StatusOr<ValidationReport> Validate(const ValidationFile& file);
// The same with a database that the caller has and that is empty.
ValidationReport ValidateWith(const ValidationFile& file, Database& db);

}  // namespace kith::tool
