#include "engine/object_block.h"

#include "engine/raw_bytes.h"

namespace kith::engine {

using storage::Symbol;

ObjectBlock::ObjectBlock(std::string_view bytes)
    : bytes_(bytes), count_(LoadRaw<uint32_t>(bytes, 0)) {}

RowBlock ObjectBlock::Rows(Symbol relation, Symbol subject_type) const {
  for (size_t i = 0; i < count_; ++i) {
    const auto part = LoadRaw<Part>(bytes_, sizeof(count_) + i * sizeof(Part));
    if (part.relation == relation && part.subject_type == subject_type) {
      return RowBlock(bytes_.substr(part.offset));
    }
  }
  return RowBlock();
}

void ObjectBlockBuilder::Add(const storage::TupleKey& key,
                             const storage::TupleValue& value) {
  if (large_) return;
  if (rows_left_ == 0) {
    large_ = true;
    return;
  }
  --rows_left_;
  const bool same = rows_ && part_.relation == key.relation &&
                    part_.subject_type == key.subject_type;
  if (!same) {
    FinishPart();
    part_ = {.relation = key.relation, .subject_type = key.subject_type};
    rows_.emplace(rows_left_ + 1, max_bytes_);
  }
  rows_->Add(key.subject_id, key.subject_relation, value);
  large_ = rows_->large() ||
           parts_.size() + blocks_.size() + rows_->bytes() > max_bytes_;
}

void ObjectBlockBuilder::FinishPart() {
  if (!rows_) return;
  part_.offset = static_cast<uint32_t>(blocks_.size());
  AppendRaw(part_, &parts_);
  blocks_ += rows_->Finish();
  rows_.reset();
}

std::string ObjectBlockBuilder::Finish() {
  std::string block;
  if (large_) {
    AppendRaw(ObjectBlock::kLarge, &block);
    return block;
  }
  FinishPart();
  const auto count =
      static_cast<uint32_t>(parts_.size() / sizeof(ObjectBlock::Part));
  const auto start = static_cast<uint32_t>(sizeof(count) + parts_.size());
  block.reserve(start + blocks_.size());
  AppendRaw(count, &block);
  for (size_t i = 0; i < count; ++i) {
    auto part =
        LoadRaw<ObjectBlock::Part>(parts_, i * sizeof(ObjectBlock::Part));
    part.offset += start;
    AppendRaw(part, &block);
  }
  block += blocks_;
  return block;
}

}  // namespace kith::engine
