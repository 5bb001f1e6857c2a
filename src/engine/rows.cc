#include "engine/rows.h"

#include <memory>
#include <optional>

#include "base/status_macros.h"
#include "engine/object_block.h"
#include "engine/row_block.h"
#include "engine/row_cache.h"
#include "storage/row_codec.h"

namespace kith::engine {

using storage::ScanOrder;
using storage::TupleFilter;
using storage::TupleKey;
using storage::TupleValue;
using Unit = storage::ChangeStripes::Unit;
using Asks = ExactCache::Asks;

namespace {

// The unit of a scan as a filter, and as a key of the stripes.
TupleFilter FilterOf(ScanOrder order, const TupleKey& unit) {
  if (order == ScanOrder::kForward) {
    return {.resource_type = unit.resource_type,
            .resource_id = unit.resource_id,
            .relation = unit.relation,
            .subject_type = unit.subject_type};
  }
  return {.resource_type = unit.resource_type,
          .relation = unit.relation,
          .subject_type = unit.subject_type,
          .subject_id = unit.subject_id,
          .subject_relation = unit.subject_relation};
}

Unit UnitOf(ScanOrder order) {
  return order == ScanOrder::kForward ? Unit::kForward : Unit::kReverse;
}

std::string_view UnitBytes(ScanOrder order, std::string_view key) {
  return key.substr(0, order == ScanOrder::kForward
                           ? storage::ChangeStripes::ForwardSize(key)
                           : storage::UnitSize(order, key));
}

void AddRow(ScanOrder order, const TupleKey& key, const TupleValue& value,
            RowBlockBuilder* block) {
  if (order == ScanOrder::kForward) {
    block->Add(key.subject_id, key.subject_relation, value);
  } else {
    block->Add(key.resource_id, storage::kNoSymbol, value);
  }
}

}  // namespace

void Rows::Prefetch(storage::Symbol type, std::string_view id) {
  if (cache_ == nullptr || !storage::IsStorableId(id)) return;
  key_.clear();
  storage::AppendKey(ScanOrder::kForward,
                     {.resource_type = type, .resource_id = id}, &key_);
  cache_->Prefetch(cache_->KeyOf(
      Unit::kObject,
      std::string_view(key_).substr(0, storage::ObjectSize(key_))));
}

absl::StatusOr<bool> Rows::Get(const TupleKey& key, TupleValue* value) {
  // What cannot be stored is never there, and no write changes that.
  if (!storage::IsStorable(key)) return false;
  if (cache_ == nullptr && recorder_ == nullptr) {
    return snapshot_->Get(key, value);
  }
  absl::StatusOr<bool> found = false;
  KITH_ASSIGN_OR_RETURN(const std::optional<ObjectBlock> object, ObjectOf(key));
  if (object) {
    const auto row = object->Rows(key.relation, key.subject_type)
                         .Find(key.subject_id, key.subject_relation);
    if (row) *value = row->value;
    found = row.has_value();
  } else {
    key_.clear();
    storage::AppendKey(ScanOrder::kForward, key, &key_);
    if (cache_ == nullptr) {
      recorder_->DependOn(Unit::kPoint, key_);
      found = snapshot_->Get(key, value);
    } else {
      found = GetCached(key, value);
    }
  }
  if (recorder_ != nullptr && found.ok() && *found) recorder_->Examined(*value);
  return found;
}

absl::StatusOr<std::optional<ObjectBlock>> Rows::ObjectOf(const TupleKey& key) {
  if (cache_ == nullptr) return std::nullopt;
  if (at_hand_.type != key.resource_type || at_hand_.id != key.resource_id) {
    KITH_RETURN_IF_ERROR(TakeInHand(key));
  }
  if (!at_hand_.small) return std::nullopt;
  if (recorder_ != nullptr) recorder_->DependOn(at_hand_.stripe);
  return ObjectBlock(at_hand_.block);
}

absl::Status Rows::TakeInHand(const TupleKey& key) {
  at_hand_.type = storage::kNoSymbol;  // not a type: for errors
  key_.clear();
  storage::AppendKey(ScanOrder::kForward, key, &key_);
  const RowCache::Key object = cache_->KeyOf(
      Unit::kObject,
      std::string_view(key_).substr(0, storage::ObjectSize(key_)));
  const storage::Revision revision = snapshot_->revision();
  bool known = false;
  {
    const EpochPin pin;
    if (const auto block = cache_->FindObject(pin, object, revision)) {
      at_hand_.block.assign(*block);
      known = true;
    }
  }
  if (!known) {
    KITH_ASSIGN_OR_RETURN(at_hand_.block, LoadObject(key));
    cache_->InsertObject(object, revision, at_hand_.block);
  }
  at_hand_.small = !ObjectBlock(at_hand_.block).large();
  at_hand_.stripe = cache_->StripeOf(object);
  at_hand_.id.assign(key.resource_id);
  at_hand_.type = key.resource_type;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Rows::LoadObject(const TupleKey& key) {
  ObjectBlockBuilder block(RowCache::kSmallObjectRows,
                           RowCache::kSmallObjectBytes);
  const auto rows = snapshot_->Scan(
      {.resource_type = key.resource_type, .resource_id = key.resource_id},
      ScanOrder::kForward, nullptr);
  for (; rows->Valid() && !block.large(); rows->Next()) {
    block.Add(rows->key(), rows->value());
  }
  KITH_RETURN_IF_ERROR(rows->status());
  return block.Finish();
}

absl::StatusOr<bool> Rows::GetCached(const TupleKey& key, TupleValue* value) {
  const storage::Revision revision = snapshot_->revision();
  const RowCache::Key unit =
      cache_->KeyOf(Unit::kForward, UnitBytes(ScanOrder::kForward, key_));
  cache_->Prefetch(unit);
  const RowCache::Key point = cache_->KeyOf(Unit::kPoint, key_);
  cache_->Prefetch(point);
  if (recorder_ != nullptr) recorder_->DependOn(cache_->StripeOf(point));
  const auto take = [&](const std::optional<RowBlock::Row>& row) {
    if (!row) return false;
    *value = row->value;
    // A copy: the block may go when the pin does.
    context_ = row->value.caveat_context;
    value->caveat_context = context_;
    return true;
  };
  bool large = false;
  {
    const EpochPin pin;
    // Most units asked for are not there, so that is no miss yet.
    if (const auto block = cache_->Find(pin, unit, revision, Asks::kProbe)) {
      if (!block->large()) {
        return take(block->Find(key.subject_id, key.subject_relation));
      }
      large = true;
    }
    if (const auto block = cache_->Find(pin, point, revision)) {
      return take(block->Find({}, storage::kNoSymbol));
    }
  }
  if (!large && cache_->WorthLoading(unit)) {
    RowBlockBuilder block(RowCache::kSmallUnitRows, RowCache::kMaxBlockBytes);
    KITH_RETURN_IF_ERROR(GatherUnit(key, &block));
    const std::string bytes = block.Finish();
    cache_->Insert(unit, revision, bytes);
    if (!block.large()) {
      return take(RowBlock(bytes).Find(key.subject_id, key.subject_relation));
    }
  }
  KITH_ASSIGN_OR_RETURN(const bool found, snapshot_->Get(key, value));
  RowBlockBuilder block(1, RowCache::kMaxBlockBytes);
  if (found) block.Add({}, storage::kNoSymbol, *value);
  if (!block.large()) cache_->Insert(point, revision, block.Finish());
  return found;
}

absl::Status Rows::GatherUnit(const TupleKey& unit, RowBlockBuilder* block) {
  const auto rows = snapshot_->Scan(FilterOf(ScanOrder::kForward, unit),
                                    ScanOrder::kForward, nullptr);
  for (; rows->Valid() && !block->large(); rows->Next()) {
    AddRow(ScanOrder::kForward, rows->key(), rows->value(), block);
  }
  return rows->status();
}

absl::Status Rows::ScanForward(storage::Symbol resource_type,
                               std::string_view resource_id,
                               storage::Symbol relation,
                               storage::Symbol subject_type, Visitor visit) {
  return Scan(ScanOrder::kForward,
              {.resource_type = resource_type,
               .resource_id = resource_id,
               .relation = relation,
               .subject_type = subject_type},
              visit);
}

absl::Status Rows::ScanReverse(storage::Symbol subject_type,
                               std::string_view subject_id,
                               storage::Symbol subject_relation,
                               storage::Symbol resource_type,
                               storage::Symbol relation, Visitor visit,
                               std::string_view after) {
  return Scan(ScanOrder::kReverse,
              {.resource_type = resource_type,
               .resource_id = after,
               .relation = relation,
               .subject_type = subject_type,
               .subject_id = subject_id,
               .subject_relation = subject_relation},
              visit, after.empty() ? From::kStart : From::kAfter);
}

absl::Status Rows::Scan(ScanOrder order, const TupleKey& unit, Visitor visit,
                        From from) {
  if (!storage::IsStorable(unit)) return absl::OkStatus();
  if (cache_ == nullptr && recorder_ == nullptr) {
    return ScanStore(order, unit, nullptr, visit, from);
  }
  if (order == ScanOrder::kForward) {
    KITH_ASSIGN_OR_RETURN(const auto object, ObjectOf(unit));
    if (object) {
      return ScanBlock(order, unit,
                       object->Rows(unit.relation, unit.subject_type), visit,
                       from);
    }
  }
  key_.clear();
  storage::AppendKey(order, unit, &key_);
  const std::string_view bytes = UnitBytes(order, key_);
  if (cache_ == nullptr) {
    recorder_->DependOn(UnitOf(order), bytes);
    return ScanStore(order, unit, nullptr, visit, from);
  }
  const RowCache::Key key = cache_->KeyOf(UnitOf(order), bytes);
  if (recorder_ != nullptr) recorder_->DependOn(cache_->StripeOf(key));
  const storage::Revision revision = snapshot_->revision();
  bool large = false;
  {
    const EpochPin pin;
    if (const auto block = cache_->Find(pin, key, revision)) {
      if (!block->large()) return ScanBlock(order, unit, *block, visit, from);
      large = true;
    }
  }
  if (from == From::kAfter) {
    return ScanStore(order, unit, nullptr, visit, from);
  }
  RowBlockBuilder block(RowCache::kMaxBlockRows, RowCache::kMaxBlockBytes);
  KITH_RETURN_IF_ERROR(ScanStore(order, unit, &block, visit));
  if (!block.large() || !large) cache_->Insert(key, revision, block.Finish());
  return absl::OkStatus();
}

absl::Status Rows::ScanBlock(ScanOrder order, const TupleKey& unit,
                             const RowBlock& block, Visitor visit, From from) {
  TupleKey key = unit;
  size_t i = from == From::kAfter ? block.IndexAfter(unit.resource_id) : 0;
  for (; i < block.size(); ++i) {
    const RowBlock::Row row = block[i];
    if (order == ScanOrder::kForward) {
      key.subject_id = row.id;
      key.subject_relation = row.relation;
    } else {
      key.resource_id = row.id;
    }
    if (recorder_ != nullptr) recorder_->Examined(row.value);
    KITH_RETURN_IF_ERROR(visit(key, row.value));
  }
  return absl::OkStatus();
}

absl::Status Rows::ScanStore(ScanOrder order, const TupleKey& unit,
                             RowBlockBuilder* block, Visitor visit, From from) {
  const auto rows = snapshot_->Scan(FilterOf(order, unit), order,
                                    from == From::kAfter ? &unit : nullptr);
  for (; rows->Valid(); rows->Next()) {
    if (recorder_ != nullptr) recorder_->Examined(rows->value());
    if (block != nullptr) AddRow(order, rows->key(), rows->value(), block);
    KITH_RETURN_IF_ERROR(visit(rows->key(), rows->value()));
  }
  return rows->status();
}

}  // namespace kith::engine
