// One test for each guarantee of a watch, named as those of other watch APIs
// are: Bookmarkable, Ordered, Unique, Atomic, Reliable, Resumable, PrevKV,
// IsCreate, Filter. What each means here stands above its test.

#include <atomic>
#include <set>
#include <thread>

#include "watch_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kWriters = 4;
constexpr int kWritesEach = 50;

// What writers that race did, and what a watch saw meanwhile.
struct Race {
  struct Written {
    Token token;
    int writer;
    uint64_t began;  // both by one clock that ticks for each writer
    uint64_t ended;
    std::vector<std::string> updates;
  };
  std::map<Token, Written> written;
  std::vector<WatchEvent> events;
};

class WatchRaceTest : public WatchTest {
 protected:
  // Each write creates two documents and, but for the first, deletes one.
  void Write(int writer, std::atomic<uint64_t>* clock,
             std::vector<Race::Written>* out) {
    const auto rel = [writer](int i, const char* half) {
      return Relationship(
          ObjectRef("document", "w" + std::to_string(writer) + "-" +
                                    std::to_string(i) + half),
          "owner", "user:anne");
    };
    for (int i = 0; i < kWritesEach; ++i) {
      std::vector<Update> updates = {Create(rel(i, "a")), Create(rel(i, "b"))};
      if (i > 0) updates.push_back(Delete(rel(i - 1, "a")));
      Race::Written written{.writer = writer};
      for (const Update& update : updates) {
        written.updates.push_back(update.relationship.ToString());
      }
      written.began = ++*clock;
      written.token = MustWrite(std::move(updates));
      written.ended = ++*clock;
      out->push_back(std::move(written));
    }
  }

  Race RunRace() {
    Race race;
    auto watcher = MustWatch();
    std::atomic<uint64_t> clock = 0;
    std::vector<std::vector<Race::Written>> by_writer(kWriters);
    std::vector<std::thread> threads;
    for (int w = 0; w < kWriters; ++w) {
      threads.emplace_back([&, w] { Write(w, &clock, &by_writer[w]); });
    }
    for (int i = 0; i < kWriters * kWritesEach; ++i) {
      race.events.push_back(MustGet(watcher.get()));
    }
    for (std::thread& thread : threads) thread.join();
    for (const WatchEvent& event : Drain(watcher.get())) {
      race.events.push_back(event);
    }
    for (auto& all : by_writer) {
      for (Race::Written& one : all) race.written[one.token] = std::move(one);
    }
    return race;
  }
};

// Ordered: a write that returned before another began comes before it, and so
// does each writer's own sequence.
TEST_F(WatchRaceTest, OrderedEventsFollowTheOrderOfTheWrites) {
  Race race = RunRace();
  uint64_t latest_begin = 0;
  for (const WatchEvent& event : race.events) {
    const Race::Written& written = race.written.at(event.changes_through);
    EXPECT_GT(written.ended, latest_begin)
        << "it had returned before one began that came earlier";
    latest_begin = std::max(latest_begin, written.began);
  }
}

// Unique: no commit comes twice.
TEST_F(WatchRaceTest, UniqueNoCommitComesTwice) {
  const Race race = RunRace();
  std::set<Token> seen;
  for (const WatchEvent& event : race.events) {
    EXPECT_TRUE(seen.insert(event.changes_through).second);
  }
}

// Atomic: all of a commit comes in one event, in its order. Of one that is too
// large for that, all events but the last name the revision before it.
TEST_F(WatchRaceTest, AtomicACommitIsOneEvent) {
  const Race race = RunRace();
  for (const WatchEvent& event : race.events) {
    std::vector<std::string> updates;
    for (const Update& update : event.updates) {
      updates.push_back(update.relationship.ToString());
    }
    EXPECT_EQ(updates, race.written.at(event.changes_through).updates);
    EXPECT_FALSE(event.is_partial);
  }
}

TEST_F(WatchTest, AtomicALargeCommitIsOneRunOfEventsThatResumesBeforeIt) {
  options_.max_watch_event_bytes = 1000;
  Open();
  auto watcher = MustWatch();
  const Token before = MustWrite({Touch("document:x#owner@user:anne")});
  const Token large = WriteMany("d", 40);
  const Token after = MustWrite({Touch("document:y#owner@user:anne")});
  std::vector<WatchEvent> events = Drain(watcher.get());
  ASSERT_GE(events.size(), 5u);
  EXPECT_EQ(events.front().changes_through, before);
  EXPECT_EQ(events.back().changes_through, after);
  size_t updates = 0;
  for (size_t i = 1; i + 1 < events.size(); ++i) {
    const bool is_last = i + 2 == events.size();
    EXPECT_EQ(events[i].is_partial, !is_last);
    EXPECT_EQ(events[i].changes_through, is_last ? large : before);
    EXPECT_GT(events[i].updates.size(), 0u);
    updates += events[i].updates.size();
  }
  EXPECT_EQ(updates, 40u);
}

// Reliable: nothing is left out. What the events add up to is the database, at
// every revision.
TEST_F(WatchRaceTest, ReliableEventsAddUpToEverySnapshot) {
  const Race race = RunRace();
  EXPECT_EQ(race.events.size(), race.written.size());
  options_.max_read_limit = 1000;
  Replay replay;
  for (const WatchEvent& event : race.events) {
    replay.Apply(event);
    ASSERT_EQ(replay.State(),
              Stored(Consistency::AtExactSnapshot(event.changes_through)));
  }
}

// Bookmarkable: a checkpoint comes after all that it covers, and each token
// that a write gave is that of a checkpoint, whether or not it matched.
TEST_F(WatchTest, BookmarkableEveryWriteHasACheckpointAfterItsUpdates) {
  WatchRequest request;
  request.object_types = {"team"};
  request.schema_updates = true;
  request.checkpoints = true;
  const Token start = MustWrite({Touch("document:a#owner@user:anne")});
  auto watcher = MustWatch(request);
  const Token team = MustWrite({Touch("team:eng#member@user:anne")});
  const Token other = MustWrite({Touch("document:b#owner@user:anne")});
  const auto schema =
      db_->WriteSchema(std::string(kTestSchema) + "\ndefinition folder {}\n");
  ASSERT_TRUE(schema.ok());
  const std::vector<WatchEvent> events = Drain(watcher.get());
  std::vector<std::pair<std::string, Token>> seen;
  for (const WatchEvent& event : events) {
    seen.emplace_back(Describe(event), event.changes_through);
  }
  EXPECT_THAT(seen, ElementsAre(std::pair("checkpoint", start),
                                std::pair("+team:eng#member@user:anne", team),
                                std::pair("checkpoint", team),
                                std::pair("checkpoint", other),
                                std::pair("schema", schema->written_at),
                                std::pair("checkpoint", schema->written_at)));
}

TEST_F(WatchTest, BookmarkableAWriteWithoutEffectHasACheckpointToo) {
  options_.watch_heartbeat = absl::Milliseconds(1);
  Open();
  WatchRequest request;
  request.checkpoints = true;
  MustWrite({Touch("document:a#owner@user:anne")});
  auto watcher = MustWatch(request);
  const Token token = MustWrite({Touch("document:a#owner@user:anne")});
  // The one at the start is for the same revision; what counts is that another
  // comes while nothing is committed.
  for (int i = 0; i < 3; ++i) {
    const WatchEvent event = MustGet(watcher.get());
    EXPECT_EQ(Describe(event), "checkpoint");
    EXPECT_EQ(event.changes_through, token);
  }
}

// Resumable: a watch from the token of any event goes on right after it; from
// one of a part of a commit, with the whole commit.
TEST_F(WatchTest, ResumableFromEveryToken) {
  options_.max_watch_event_bytes = 1000;
  Open();
  const Token start = MustWrite({Touch("document:a#owner@user:anne")});
  for (int i = 0; i < 8; ++i) {
    const Relationship member("team:eng#member@user:u" + std::to_string(i));
    MustWrite({Touch(member)});
    WriteMany("d" + std::to_string(i) + "-", i * 5);
    MustWrite({Delete(member)});
  }
  WatchRequest request;
  request.start = start;
  auto watcher = MustWatch(request);
  const std::vector<WatchEvent> events = Drain(watcher.get());
  size_t parts = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    parts += events[i].is_partial ? 1 : 0;
    request.start = events[i].changes_through;
    auto resumed = MustWatch(request);
    size_t from = i + 1;
    if (events[i].is_partial) {
      for (from = i; from > 0 && events[from - 1].is_partial;) --from;
    }
    std::vector<std::string> expected;
    for (size_t k = from; k < events.size(); ++k) {
      expected.push_back(Describe(events[k]));
    }
    EXPECT_EQ(DrainTexts(resumed.get()), expected) << "resumed after " << i;
  }
  EXPECT_GT(parts, 5u) << "no commit was large enough";
}

TEST_F(WatchTest, ResumableAtTheWatchersOwnPosition) {
  WatchRequest request;
  request.checkpoints = true;
  auto watcher = MustWatch(request);
  for (int i = 0; i < 5; ++i) WriteMany("d" + std::to_string(i) + "-", 2);
  std::vector<WatchEvent> all;
  for (bool more = true; more;) {
    auto event = watcher->Poll();
    ASSERT_TRUE(event.ok()) << event.status();
    more = event->has_value();
    if (!more) break;
    all.push_back(**event);
    request.start = watcher->position();
    const std::vector<WatchEvent> rest = Drain(MustWatch(request).get());
    // Begins with a checkpoint, and has each commit that is still to come.
    size_t commits = 0;
    for (const WatchEvent& one : rest) commits += one.updates.empty() ? 0 : 1;
    size_t delivered = 0;
    for (const WatchEvent& one : all) delivered += one.updates.empty() ? 0 : 1;
    EXPECT_EQ(commits + delivered, 5u);
  }
  EXPECT_EQ(all.size(), 11u);
}

// PrevKV: there is none. A touch has the whole new value, a deletion only says
// which relationship; expiry, which no write makes, is no event.
TEST_F(WatchTest, PrevKvTouchesCarryTheWholeValueAndDeletionsNone) {
  auto watcher = MustWatch();
  const Relationship expiring =
      Expiring("document:a#viewer@user:anne", absl::Seconds(10));
  MustWrite({Touch(expiring)});
  const Relationship later =
      Expiring("document:a#viewer@user:anne", absl::Seconds(20));
  MustWrite({Touch(later)});
  MustWrite({Delete(expiring)});
  MustWrite({Touch(later)});
  EXPECT_THAT(
      DrainTexts(watcher.get()),
      ElementsAre("+" + expiring.ToString(), "+" + later.ToString(),
                  "-document:a#viewer@user:anne", "+" + later.ToString()));
  clock_.Advance(absl::Seconds(30));
  CollectAll();
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_THAT(DrainTexts(watcher.get()), IsEmpty()) << "expiry is no event";
}

// IsCreate: not told. A creation is a touch, so that an event may be applied
// again; a write without effect is no event at all.
TEST_F(WatchTest, IsCreateCreationsAreTouchesAndNoEffectIsNoEvent) {
  auto watcher = MustWatch();
  MustWrite({Create("document:a#owner@user:anne")});
  MustWrite({Touch("document:a#owner@user:anne")});
  MustWrite({Delete("document:b#owner@user:anne")});
  MustWrite({Touch("document:a#owner@user:anne"),
             Touch("document:b#owner@user:anne")});
  const std::vector<WatchEvent> events = Drain(watcher.get());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(Describe(events[0]), "+document:a#owner@user:anne");
  EXPECT_EQ(events[0].updates[0].operation, Update::Operation::kTouch);
  EXPECT_EQ(Describe(events[1]), "+document:b#owner@user:anne");
  Replay replay;
  for (int again = 0; again < 2; ++again) {
    for (const WatchEvent& event : events) replay.Apply(event);
  }
  EXPECT_EQ(replay.State(), Stored());
}

// Filter: exactly what a read with the same filter would have given, and no
// metadata of other writes.
TEST_F(WatchTest, FilterDeliversWhatReadsWithItGive) {
  std::vector<RelationshipFilter> filters(9);
  filters[0].resource_type = "document";
  filters[1] = {.resource_type = "document", .resource_id = "ab"};
  filters[2] = {.resource_type = "document", .resource_id_prefix = "a"};
  filters[3] = {.resource_type = "document", .relation = "viewer"};
  filters[4] = {.resource_type = "team",
                .subject = SubjectFilter{.type = "team"}};
  filters[5].subject = SubjectFilter{.type = "user", .id = "anne"};
  filters[6].subject = SubjectFilter{.type = "user", .id = "*"};
  filters[7].subject = SubjectFilter{.type = "team", .relation = "member"};
  filters[8].relation = "owner";
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (const RelationshipFilter& filter : filters) {
    WatchRequest request;
    request.filters = {filter};
    watchers.push_back(MustWatch(request));
  }
  WatchRequest two;
  two.filters = {filters[1], filters[4]};
  auto either = MustWatch(two);
  for (const char* text :
       {"document:a#owner@user:anne", "document:ab#viewer@user:*",
        "document:ab#viewer@team:eng#member", "document:b#viewer@user:anne",
        "document:ba#parent@document:ab", "team:eng#member@user:anne",
        "team:eng#member@team:ops#member", "team:ops#member@user:bob"}) {
    WriteRequest request;
    request.updates = {Touch(text)};
    request.metadata["of"] = Value{std::string(text)};
    ASSERT_TRUE(db_->Write(request).ok());
  }
  size_t delivered = 0;
  for (size_t i = 0; i < filters.size(); ++i) {
    ReadRequest read;
    read.filter = filters[i];
    std::set<std::string> expected;
    const auto page = db_->Read(read);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const ReadItem& item : page->items) {
      expected.insert(item.relationship.ToString());
    }
    std::set<std::string> seen;
    for (const WatchEvent& event : Drain(watchers[i].get())) {
      ASSERT_EQ(event.updates.size(), 1u);
      const std::string text = event.updates[0].relationship.ToString();
      EXPECT_EQ(event.metadata.at("of"), Value{text});
      seen.insert(text);
    }
    EXPECT_EQ(seen, expected) << "filter " << i;
    EXPECT_FALSE(expected.empty()) << "filter " << i;
    delivered += seen.size();
  }
  EXPECT_LT(delivered, 8 * filters.size());
  EXPECT_EQ(Drain(either.get()).size(), 3u) << "any of the filters may match";
}

}  // namespace
}  // namespace kith
