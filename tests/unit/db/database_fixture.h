#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kith/database.h"
#include "kith/errors.h"
#include "support/temp_dir.h"

namespace kith {

// A wall clock that stands still until a test moves it. Thread-safe.
class FakeClock {
 public:
  absl::Time Now() const { return absl::FromUnixMicros(micros_.load()); }
  void Advance(absl::Duration by) { micros_ += by / absl::Microseconds(1); }
  std::function<absl::Time()> Source() {
    return [this] { return Now(); };
  }

 private:
  std::atomic<int64_t> micros_{1'800'000'000'000'000};
};

inline constexpr std::string_view kTestSchema = R"(
use expiration

caveat on_day(day string, today string) {
  day == today
}

definition user {}

definition team {
  relation member: user | team#member
}

definition document {
  relation owner: user
  relation viewer: user | user:* | team#member | user with expiration
  relation parent: document
  permission view = viewer + owner
}
)";

// Code and reason of an error, for comparing both at once.
struct Refusal {
  absl::StatusCode code = absl::StatusCode::kOk;
  ErrorReason reason = ErrorReason::kUnspecified;
  friend bool operator==(const Refusal&, const Refusal&) = default;
  friend void PrintTo(const Refusal& r, std::ostream* out) {
    *out << absl::StatusCodeToString(r.code) << " "
         << ErrorReasonName(r.reason);
  }
};

inline Refusal RefusalOf(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return {status.code(), info ? info->reason : ErrorReason::kUnspecified};
}

inline std::map<std::string, std::string> MetadataOf(
    const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info ? info->metadata : std::map<std::string, std::string>();
}

inline Refusal Invalid(ErrorReason reason = ErrorReason::kUnspecified) {
  return {absl::StatusCode::kInvalidArgument, reason};
}
inline Refusal Failed(ErrorReason reason) {
  return {absl::StatusCode::kFailedPrecondition, reason};
}

// A database in memory under kTestSchema and a clock of the test's own.
class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    options_.in_memory = options_.path.empty();
    options_.now = clock_.Source();
    // The thread must not collect by itself: tests ask.
    options_.gc_interval = absl::Hours(1000);
    auto opened = Database::Open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
    const auto schema = db_->WriteSchema(kTestSchema);
    ASSERT_TRUE(schema.ok()) << schema.status();
  }

  Token MustWrite(std::vector<Update> updates) {
    const auto written = db_->Write(std::move(updates));
    EXPECT_TRUE(written.ok()) << written.status();
    return written.ok() ? written->written_at : Token();
  }

  absl::Status WriteStatus(std::vector<Update> updates) {
    return db_->Write(std::move(updates)).status();
  }

  // The live relationships of a resource type, in text form, sorted.
  std::vector<std::string> Stored(Consistency consistency = {},
                                  std::string type = "document") {
    ReadRequest request;
    request.filter.resource_type = std::move(type);
    request.consistency = std::move(consistency);
    std::vector<std::string> texts;
    const auto page = db_->Read(request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return texts;
    EXPECT_FALSE(page->more);
    for (const ReadItem& item : page->items) {
      texts.push_back(item.relationship.ToString());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  uint64_t Head() const { return db_->Stats().head_revision; }

  Relationship Expiring(std::string_view text, absl::Duration in) {
    Relationship relationship(text);
    relationship.expires_at = clock_.Now() + in;
    return relationship;
  }

  FakeClock clock_;
  Options options_;
  std::unique_ptr<Database> db_;
};

}  // namespace kith
