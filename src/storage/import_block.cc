#include "storage/import_block.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/status_macros.h"
#include "storage/row_codec.h"

namespace kith::storage {

struct ImportBlock::Header {
  uint32_t index;  // place less that of the first row
  uint32_t resource_id_size;
  uint32_t subject_id_size;
  uint32_t value_size;
  Symbol resource_type;
  Symbol relation;
  Symbol subject_type;
  Symbol subject_relation;

  uint32_t size() const {
    return static_cast<uint32_t>(sizeof(Header)) + resource_id_size +
           subject_id_size + value_size;
  }
};

namespace {

// The leading bytes of an encoded key as numbers: they decide most comparisons
// without a look at the rows. Ids have no zero bytes, so filling up with them
// is right.
struct Leading {
  uint64_t high = 0;
  uint64_t low = 0;
};

Leading LeadingOf(Symbol type, std::string_view id) {
  unsigned char bytes[2 * sizeof(uint64_t)] = {};
  bytes[0] = static_cast<unsigned char>(type >> 8);
  bytes[1] = static_cast<unsigned char>(type);
  std::memcpy(bytes + sizeof(Symbol), id.data(),
              std::min(id.size(), sizeof(bytes) - sizeof(Symbol)));
  Leading leading;
  for (size_t i = 0; i < sizeof(uint64_t); ++i) {
    leading.high = leading.high << 8 | bytes[i];
    leading.low = leading.low << 8 | bytes[i + sizeof(uint64_t)];
  }
  return leading;
}

bool ForwardLess(const TupleKey& a, const TupleKey& b) {
  return std::tie(a.resource_type, a.resource_id, a.relation, a.subject_type,
                  a.subject_id, a.subject_relation) <
         std::tie(b.resource_type, b.resource_id, b.relation, b.subject_type,
                  b.subject_id, b.subject_relation);
}

bool ReverseLess(const TupleKey& a, const TupleKey& b) {
  return std::tie(a.subject_type, a.subject_id, a.subject_relation,
                  a.resource_type, a.relation, a.resource_id) <
         std::tie(b.subject_type, b.subject_id, b.subject_relation,
                  b.resource_type, b.relation, b.resource_id);
}

// How far ahead of the current row memory is asked for.
constexpr size_t kAhead = 4;

}  // namespace

class BlockCursor final : public RowCursor {
 public:
  BlockCursor(const ImportBlock* block, ScanOrder order)
      : block_(*block), order_(order), offsets_(block->sorted(order)) {
    Load();
  }

  bool Valid() const override { return at_ < offsets_.size(); }
  const StagedRow& row() const override { return row_; }
  absl::Status Next() override {
    ++at_;
    if (Valid()) Load();
    return absl::OkStatus();
  }

 private:
  void Load() {
    if (at_ + kAhead < offsets_.size()) {
      __builtin_prefetch(block_.arena_.data() + offsets_[at_ + kAhead]);
    }
    const ImportBlock::View view = block_.At(offsets_[at_]);
    key_.clear();
    AppendKey(order_, view.key, &key_);
    row_ = {.place = view.place, .key = key_, .value = view.value};
  }

  const ImportBlock& block_;
  const ScanOrder order_;
  const ImportBlock::Offsets& offsets_;
  size_t at_ = 0;
  std::string key_;
  StagedRow row_;
};

void ImportBlock::Add(const TupleKey& key, std::string_view value) {
  const Header header{
      .index = rows_++,
      .resource_id_size = static_cast<uint32_t>(key.resource_id.size()),
      .subject_id_size = static_cast<uint32_t>(key.subject_id.size()),
      .value_size = static_cast<uint32_t>(value.size()),
      .resource_type = key.resource_type,
      .relation = key.relation,
      .subject_type = key.subject_type,
      .subject_relation = key.subject_relation};
  char bytes[sizeof(header)];
  std::memcpy(bytes, &header, sizeof(header));
  arena_.append(bytes, sizeof(bytes));
  arena_.append(key.resource_id);
  arena_.append(key.subject_id);
  arena_.append(value);
}

ImportBlock::View ImportBlock::At(uint32_t offset) const {
  Header header;
  const char* at = arena_.data() + offset;
  std::memcpy(&header, at, sizeof(header));
  at += sizeof(header);
  const std::string_view resource_id(at, header.resource_id_size);
  at += resource_id.size();
  const std::string_view subject_id(at, header.subject_id_size);
  at += subject_id.size();
  return {.place = first_place_ + header.index,
          .key = {.resource_type = header.resource_type,
                  .resource_id = resource_id,
                  .relation = header.relation,
                  .subject_type = header.subject_type,
                  .subject_id = subject_id,
                  .subject_relation = header.subject_relation},
          .value = {at, header.value_size}};
}

uint32_t ImportBlock::Next(uint32_t offset) const {
  Header header;
  std::memcpy(&header, arena_.data() + offset, sizeof(header));
  return offset + header.size();
}

absl::Status ImportBlock::Visit(
    absl::FunctionRef<absl::Status(uint64_t place, const TupleKey& key,
                                   std::string_view value)>
        visit) const {
  for (uint32_t at = 0; at < arena_.size(); at = Next(at)) {
    const View view = At(at);
    KITH_RETURN_IF_ERROR(visit(view.place, view.key, view.value));
  }
  return absl::OkStatus();
}

ImportBlock::Offsets ImportBlock::Sorted(ScanOrder order) const {
  struct Entry {
    Leading leading;
    uint32_t offset;
  };
  std::vector<Entry> entries;
  entries.reserve(rows_);
  const bool forward = order == ScanOrder::kForward;
  for (uint32_t at = 0; at < arena_.size(); at = Next(at)) {
    const TupleKey key = At(at).key;
    entries.push_back({forward ? LeadingOf(key.resource_type, key.resource_id)
                               : LeadingOf(key.subject_type, key.subject_id),
                       at});
  }
  const auto less = forward ? ForwardLess : ReverseLess;
  std::sort(entries.begin(), entries.end(),
            [&](const Entry& a, const Entry& b) {
              if (a.leading.high != b.leading.high) {
                return a.leading.high < b.leading.high;
              }
              if (a.leading.low != b.leading.low) {
                return a.leading.low < b.leading.low;
              }
              const TupleKey one = At(a.offset).key;
              const TupleKey other = At(b.offset).key;
              if (less(one, other)) return true;
              // Offsets ascend with the places.
              return !less(other, one) && a.offset < b.offset;
            });
  Offsets offsets;
  offsets.reserve(entries.size());
  for (const Entry& entry : entries) offsets.push_back(entry.offset);
  return offsets;
}

void ImportBlock::Sort() {
  forward_ = Sorted(ScanOrder::kForward);
  reverse_ = Sorted(ScanOrder::kReverse);
}

std::unique_ptr<RowCursor> ImportBlock::Cursor(ScanOrder order) const {
  return std::make_unique<BlockCursor>(this, order);
}

std::string ImportBlock::LastKey(ScanOrder order) const {
  std::string key;
  AppendKey(order, At(sorted(order).back()).key, &key);
  return key;
}

}  // namespace kith::storage
