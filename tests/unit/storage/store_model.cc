#include "unit/storage/store_model.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace kith::storage {
namespace {

const std::vector<std::string>& Ids() {
  static const std::vector<std::string> ids = {"a", "ab",   "b",
                                               "*", "\xff", "\xff\xff"};
  return ids;
}

template <typename T>
T Pick(std::mt19937_64& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

bool Gone(const ModelValue& value, std::optional<absl::Time> gone) {
  return gone.has_value() && value.expires_at.has_value() &&
         *value.expires_at <= *gone;
}

std::string Show(const ModelKey& key) {
  return fmt::format("{}:{}#{}@{}:{}#{}", key.resource_type, key.resource_id,
                     key.relation, key.subject_type, key.subject_id,
                     key.subject_relation);
}

std::string Show(const std::vector<ModelRow>& rows) {
  std::string out;
  for (const auto& [key, value] : rows) {
    out += fmt::format("\n  {} created {} caveat {} context {}", Show(key),
                       value.created, value.caveat, value.context);
  }
  return out;
}

}  // namespace

ModelKey ModelKey::Of(const TupleKey& key) {
  return {
      key.resource_type, std::string(key.resource_id), key.relation,
      key.subject_type,  std::string(key.subject_id),  key.subject_relation};
}

TupleKey ModelKey::View() const {
  return {resource_type, resource_id, relation,
          subject_type,  subject_id,  subject_relation};
}

bool ComesBefore(ScanOrder order, const ModelKey& a, const ModelKey& b) {
  if (order == ScanOrder::kForward) return a < b;
  const auto fields = [](const ModelKey& key) {
    return std::tie(key.subject_type, key.subject_id, key.subject_relation,
                    key.resource_type, key.relation, key.resource_id);
  };
  return fields(a) < fields(b);
}

ModelValue ModelValue::Of(const TupleValue& value) {
  return {value.created, value.expires_at, value.caveat,
          std::string(value.caveat_context)};
}

TupleValue ModelValue::View() const {
  return {created, expires_at, caveat, context};
}

ModelKey RandomKey(std::mt19937_64& random) {
  const std::vector<Symbol> types = {1, 0x0100};
  return {Pick(random, types),
          Pick(random, Ids()),
          Pick(random, std::vector<Symbol>{3, 0x00ff}),
          Pick(random, types),
          Pick(random, Ids()),
          Pick(random, std::vector<Symbol>{0, 3})};
}

ModelValue RandomValue(std::mt19937_64& random) {
  ModelValue value;
  if (random() % 3 == 0) value.caveat = static_cast<Symbol>(random() % 9 + 1);
  if (value.caveat != kNoSymbol && random() % 2 == 0) {
    value.context = std::string(random() % 20, '\0');
  }
  return value;
}

std::unique_ptr<ModelFilter> RandomFilter(std::mt19937_64& random) {
  auto made = std::make_unique<ModelFilter>();
  made->from = RandomKey(random);
  made->id_prefix = made->from.resource_id.substr(0, random() % 3);
  const uint64_t fields = random() % 128;
  const ModelKey& from = made->from;
  TupleFilter& filter = made->filter;
  if (fields & 1) filter.resource_type = from.resource_type;
  if (fields & 2) filter.resource_id = from.resource_id;
  if (fields & 4) filter.relation = from.relation;
  if (fields & 8) filter.subject_type = from.subject_type;
  if (fields & 16) filter.subject_id = from.subject_id;
  if (fields & 32) filter.subject_relation = from.subject_relation;
  if (fields & 64) filter.resource_id_prefix = made->id_prefix;
  return made;
}

std::string Describe(const TupleFilter& filter) {
  const auto number = [](std::optional<Symbol> symbol) {
    return symbol.has_value() ? fmt::format("{}", *symbol) : "-";
  };
  return fmt::format(
      "{}:{}({}*)#{}@{}:{}#{}", number(filter.resource_type),
      filter.resource_id.value_or("-"), filter.resource_id_prefix,
      number(filter.relation), number(filter.subject_type),
      filter.subject_id.value_or("-"), number(filter.subject_relation));
}

std::vector<ModelRow> ExpectedRows(const ModelState& state,
                                   const TupleFilter& filter, ScanOrder order,
                                   std::optional<absl::Time> gone) {
  std::vector<ModelRow> rows;
  for (const auto& [key, value] : state) {
    const bool matches =
        filter.resource_type.value_or(key.resource_type) == key.resource_type &&
        filter.resource_id.value_or(key.resource_id) == key.resource_id &&
        key.resource_id.substr(0, filter.resource_id_prefix.size()) ==
            filter.resource_id_prefix &&
        filter.relation.value_or(key.relation) == key.relation &&
        filter.subject_type.value_or(key.subject_type) == key.subject_type &&
        filter.subject_id.value_or(key.subject_id) == key.subject_id &&
        filter.subject_relation.value_or(key.subject_relation) ==
            key.subject_relation;
    if (matches && !Gone(value, gone)) rows.emplace_back(key, value);
  }
  std::sort(rows.begin(), rows.end(),
            [order](const ModelRow& a, const ModelRow& b) {
              return ComesBefore(order, a.first, b.first);
            });
  return rows;
}

std::vector<ModelRow> Drain(std::unique_ptr<TupleIterator> it) {
  std::vector<ModelRow> rows;
  for (; it->Valid(); it->Next()) {
    rows.emplace_back(ModelKey::Of(it->key()), ModelValue::Of(it->value()));
  }
  EXPECT_TRUE(it->status().ok()) << it->status();
  return rows;
}

void ExpectEqualState(Snapshot& snapshot, const ModelState& state,
                      std::mt19937_64& random, int filters,
                      std::optional<absl::Time> gone) {
  SCOPED_TRACE(fmt::format("at revision {}", snapshot.revision()));
  for (int i = 0; i < filters; ++i) {
    const auto made =
        i == 0 ? std::make_unique<ModelFilter>() : RandomFilter(random);
    const TupleFilter& filter = made->filter;
    for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
      const auto expected = ExpectedRows(state, filter, order, gone);
      const auto got = Drain(snapshot.Scan(filter, order, nullptr));
      ASSERT_EQ(expected, got) << Describe(filter) << "\nexpected"
                               << Show(expected) << "\ngot" << Show(got);
      // Resumes after every row, and after a key that need not be there.
      ModelKey any = RandomKey(random);
      const auto tail = [&](const ModelKey& after) {
        auto rest = expected;
        std::erase_if(rest, [&](const ModelRow& row) {
          return !ComesBefore(order, after, row.first);
        });
        const TupleKey view = after.View();
        ASSERT_EQ(rest, Drain(snapshot.Scan(filter, order, &view)))
            << Describe(filter) << " after " << Show(after);
      };
      tail(any);
      for (size_t row = 0; row < expected.size(); row += 1 + i % 3) {
        tail(expected[row].first);
      }
    }
  }
  for (int i = 0; i < filters * 4; ++i) {
    const ModelKey key = RandomKey(random);
    TupleValue value;
    const auto found = snapshot.Get(key.View(), &value);
    ASSERT_TRUE(found.ok()) << found.status();
    const auto it = state.find(key);
    const bool expected = it != state.end() && !Gone(it->second, gone);
    ASSERT_EQ(expected, *found) << Show(key);
    if (expected) {
      ASSERT_EQ(it->second, ModelValue::Of(value)) << Show(key);
    }
  }
}

void CommitGroup(Store& store, std::unique_ptr<Transaction> group) {
  const absl::Status status = store.Commit(std::move(group), {});
  ASSERT_TRUE(status.ok()) << status;
}

}  // namespace kith::storage
