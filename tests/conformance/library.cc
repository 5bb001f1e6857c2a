#include "conformance/conformance.h"

// The rules of this folder, held against the library.

namespace kith::conformance {
namespace {

class Library : public Target {
 public:
  Database& Empty() override {
    Options options;
    options.in_memory = true;
    auto db = Database::Open(options);
    if (!db.ok()) throw std::runtime_error(std::string(db.status().message()));
    db_ = *std::move(db);
    return *db_;
  }

 private:
  std::unique_ptr<Database> db_;
};

INSTANTIATE_TEST_SUITE_P(InProcess, ConformanceTest,
                         testing::Values(TargetKind{
                             "Library",
                             []() -> std::unique_ptr<Target> {
                               return std::make_unique<Library>();
                             }}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace kith::conformance
