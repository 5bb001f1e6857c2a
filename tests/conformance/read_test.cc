#include <algorithm>
#include <cstdio>

#include "absl/time/clock.h"
#include "conformance/conformance.h"

// Every relationship of a file is read back as it was written, by filters of
// its resource and of its subject, in pages of several sizes.

namespace kith::conformance {
namespace {

std::vector<std::string> ReadPages(Database& db,
                                   const RelationshipFilter& filter,
                                   uint32_t limit) {
  ReadRequest request;
  request.filter = filter;
  request.limit = limit;
  std::vector<std::string> texts;
  while (true) {
    const auto page = db.Read(request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return texts;
    for (const ReadItem& item : page->items) {
      texts.push_back(item.relationship.ToString());
    }
    if (!page->more) break;
    request.cursor = page->items.back().cursor;
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// The filters that a file asks for, with what each must find.
std::map<std::string, std::pair<RelationshipFilter, std::vector<std::string>>>
Expectations(const Loaded& loaded, absl::Time now) {
  std::map<std::string, std::pair<RelationshipFilter, std::vector<std::string>>>
      all;
  for (const Relationship& one : loaded.relationships) {
    if (one.expires_at && *one.expires_at <= now) continue;
    RelationshipFilter by_type;
    by_type.resource_type = one.resource.type;
    RelationshipFilter by_relation = by_type;
    by_relation.relation = one.relation;
    RelationshipFilter by_object = by_relation;
    by_object.resource_id = one.resource.id;
    RelationshipFilter by_subject;
    by_subject.subject = SubjectFilter{
        one.subject.object.type, one.subject.object.id, one.subject.relation};
    const auto expect = [&](const std::string& key,
                            const RelationshipFilter& filter) {
      auto& entry = all[key];
      entry.first = filter;
      entry.second.push_back(one.ToString());
    };
    expect("type " + one.resource.type, by_type);
    expect("relation " + one.resource.type + "#" + one.relation, by_relation);
    expect("object " + one.resource.ToString() + "#" + one.relation, by_object);
    expect("subject " + one.subject.ToString(), by_subject);
  }
  return all;
}

TEST_P(ConformanceTest, RelationshipsAreReadAsTheyWereWritten) {
  size_t reads = 0;
  ForEachFile([&](const Loaded& loaded) {
    for (auto& [key, entry] : Expectations(loaded, absl::Now())) {
      SCOPED_TRACE(key);
      auto& [filter, expected] = entry;
      std::sort(expected.begin(), expected.end());
      for (const uint32_t limit : {0u, 1u, 3u}) {
        EXPECT_EQ(ReadPages(db(), filter, limit), expected);
        ++reads;
      }
    }
  });
  EXPECT_GT(reads, 0u);
  std::printf("%zu reads\n", reads);
}

}  // namespace
}  // namespace kith::conformance
