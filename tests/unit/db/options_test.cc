#include <functional>
#include <string>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::HasSubstr;

TEST(OptionsTest, BadOptionsAreRefusedByName) {
  struct Case {
    std::string name;
    std::function<void(Options*)> spoil;
  };
  const Case cases[] = {
      {"path", [](Options* o) { o->in_memory = false; }},
      {"gc_window", [](Options* o) { o->gc_window = absl::Milliseconds(999); }},
      {"gc_interval",
       [](Options* o) { o->gc_interval = absl::ZeroDuration(); }},
      {"max_depth", [](Options* o) { o->max_depth = 0; }},
      {"max_check_edges", [](Options* o) { o->max_check_edges = 0; }},
      {"max_expand_nodes", [](Options* o) { o->max_expand_nodes = 0; }},
      {"max_lookup_subjects", [](Options* o) { o->max_lookup_subjects = 0; }},
      {"max_updates_per_write",
       [](Options* o) { o->max_updates_per_write = 0; }},
      {"max_read_limit", [](Options* o) { o->max_read_limit = 0; }},
      {"max_delete_limit", [](Options* o) { o->max_delete_limit = 0; }},
      {"max_bulk_checks", [](Options* o) { o->max_bulk_checks = 0; }},
      {"max_import_bytes", [](Options* o) { o->max_import_bytes = 0; }},
      {"max_export_limit", [](Options* o) { o->max_export_limit = 0; }},
      {"max_counters", [](Options* o) { o->max_counters = 0; }},
      {"max_schema_bytes", [](Options* o) { o->max_schema_bytes = 0; }},
  };
  for (const Case& c : cases) {
    Options options;
    options.in_memory = true;
    c.spoil(&options);
    const absl::Status status = Database::Open(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.name));
  }
}

TEST(OptionsTest, MissingDatabaseIsNotFoundUnlessMayBeCreated) {
  const support::TempDir dir;
  Options options;
  options.path = dir / "db";
  options.create_if_missing = false;
  EXPECT_EQ(Database::Open(options).status().code(),
            absl::StatusCode::kNotFound);
  options.create_if_missing = true;
  EXPECT_TRUE(Database::Open(options).ok());
  options.create_if_missing = false;
  EXPECT_TRUE(Database::Open(options).ok());
}

TEST(OptionsTest, ASecondOpenOfTheSameDirectoryIsRefused) {
  const support::TempDir dir;
  Options options;
  options.path = dir / "db";
  const auto first = Database::Open(options);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Database::Open(options).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace kith
