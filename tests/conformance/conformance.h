#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "conformance/target.h"
#include "kith/database.h"
#include "tools/kith/validation/validation_file.h"

// Validation files, public ones of the reference system (when they lie beside
// the checkout) and the examples of this tree, as a source of questions. What
// must hold of the answers is said once, in the TEST_Ps of this folder; each
// program that links them says against which targets it holds them.

namespace kith::conformance {

// Paths of the *.yaml in a folder, sorted; none when there is no such folder.
std::vector<std::string> ReferenceFiles();
std::vector<std::string> ExampleFiles();

// A file that was loaded, and all that can be asked about it.
struct Loaded {
  std::vector<Relationship> relationships;           // those that were taken
  std::map<std::string, std::set<std::string>> ids;  // of objects, by type
  // Names of relations and permissions, by type.
  std::map<std::string, std::vector<std::string>> names;
  // Who is mentioned, and of each type someone who is not.
  std::set<SubjectRef> subjects;
};

// What lookups were asked, and how much was in their answers.
struct Tally {
  size_t asked = 0;
  size_t found = 0;
};

class ConformanceTest : public testing::TestWithParam<TargetKind> {
 protected:
  void SetUp() override { target_ = GetParam().make(); }

  Target& target() { return *target_; }
  Database& db() { return *db_; }

  // Loads one file after the other and calls `ask` with what is to be asked
  // about, but for those that hold nothing to ask about. Fails the test when
  // there was none of them.
  void ForEachFile(const std::function<void(const Loaded&)>& ask);

  // The same of lookups, which are counted: there must be some, and something
  // in their answers.
  void LookUpInEachFile(const std::function<void(const Loaded&, Tally*)>& ask);

  // Asks all in bulk, and some of them one by one as well, which must agree.
  std::vector<absl::StatusOr<CheckAnswer>> CheckAll(
      std::vector<CheckItem> items);

 private:
  bool Load(const std::string& path, Loaded* loaded);

  std::unique_ptr<Target> target_;
  Database* db_ = nullptr;
};

}  // namespace kith::conformance
