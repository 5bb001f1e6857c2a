#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "database_fixture.h"
#include "kith/watch.h"

namespace kith {

// The state that a consumer builds from events.
class Replay {
 public:
  void Apply(const WatchEvent& event) {
    for (const Update& update : event.updates) {
      Relationship identity = update.relationship;
      identity.caveat.reset();
      identity.expires_at.reset();
      if (update.operation == Update::Operation::kDelete) {
        state_.erase(identity.ToString());
      } else {
        state_[identity.ToString()] = update.relationship.ToString();
      }
    }
  }
  std::vector<std::string> State() const {
    std::vector<std::string> texts;
    for (const auto& [identity, text] : state_) texts.push_back(text);
    std::sort(texts.begin(), texts.end());
    return texts;
  }

 private:
  std::map<std::string, std::string> state_;  // by identity
};

// What an event says, as one line: "+" and "-" lists, "schema", "checkpoint".
inline std::string Describe(const WatchEvent& event) {
  std::string text;
  for (const Update& update : event.updates) {
    text += update.operation == Update::Operation::kDelete ? "-" : "+";
    text += update.relationship.ToString() + " ";
  }
  if (!event.metadata.empty()) text += "metadata ";
  if (event.is_partial) text += "partial ";
  if (event.schema_updated) text += "schema ";
  if (event.is_checkpoint) text += "checkpoint ";
  if (!text.empty()) text.pop_back();
  return text;
}

// No heartbeat comes unless a test wants one, so that events are exactly those
// of commits.
class WatchTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.watch_heartbeat = absl::Hours(1000);
    options_.gc_window = absl::Seconds(100);
    Open();
  }

  std::unique_ptr<Watcher> MustWatch(const WatchRequest& request = {}) {
    auto watcher = db_->Watch(request);
    EXPECT_TRUE(watcher.ok()) << watcher.status();
    return watcher.ok() ? *std::move(watcher) : nullptr;
  }
  absl::Status WatchStatus(const WatchRequest& request) {
    return db_->Watch(request).status();
  }

  // Waits for it: a hang is a failure.
  static WatchEvent MustGet(Watcher* watcher) {
    auto event = watcher->Next(absl::Seconds(60));
    EXPECT_TRUE(event.ok()) << event.status();
    EXPECT_TRUE(event.ok() && event->has_value()) << "no event came";
    return event.ok() && event->has_value() ? **event : WatchEvent();
  }

  // What is there by now. A write that returned is.
  static std::vector<WatchEvent> Drain(Watcher* watcher) {
    std::vector<WatchEvent> events;
    while (true) {
      auto event = watcher->Next(absl::ZeroDuration());
      EXPECT_TRUE(event.ok()) << event.status();
      if (!event.ok() || !event->has_value()) return events;
      events.push_back(**event);
    }
  }
  static std::vector<std::string> DrainTexts(Watcher* watcher) {
    std::vector<std::string> texts;
    for (const WatchEvent& event : Drain(watcher)) {
      texts.push_back(Describe(event));
    }
    return texts;
  }

  // A write of `count` documents named `prefix`0, `prefix`1, ...
  Token WriteMany(std::string_view prefix, int count) {
    std::vector<Update> updates;
    for (int i = 0; i < count; ++i) {
      updates.push_back(Touch(Relationship(
          ObjectRef("document", std::string(prefix) + std::to_string(i)),
          "owner", "user:anne")));
    }
    return MustWrite(std::move(updates));
  }

  // Drops what is older than now from the history.
  void CollectAll() {
    clock_.Advance(options_.gc_window + absl::Seconds(1));
    ASSERT_TRUE(db_->CollectGarbage().ok());
  }
};

}  // namespace kith
