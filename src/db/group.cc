#include "db/group.h"

#include "base/hash.h"
#include "base/status_macros.h"

namespace kith::db {
Group::Group(storage::Store* store, SchemaPtr newest, absl::Time commit_time)
    : store_(store),
      commit_time_(commit_time),
      transaction_(store->Begin()),
      schema_(std::move(newest)) {}

absl::Status Group::Note(absl::Status status) {
  if (!status.ok() && failure_.ok()) failure_ = status;
  return status;
}

std::optional<storage::Symbol> Group::SymbolOf(std::string_view name) const {
  if (const auto it = symbols_.find(name); it != symbols_.end()) {
    return it->second;
  }
  return store_->FindSymbol(name);
}

std::string_view Group::NameOf(storage::Symbol symbol) const {
  if (const auto it = names_.find(symbol); it != names_.end()) {
    return it->second;
  }
  return store_->SymbolName(symbol);
}

absl::StatusOr<bool> Group::Get(const storage::TupleKey& key,
                                storage::TupleValue* value) {
  auto found = transaction_->Get(key, value);
  if (!found.ok()) return Note(found.status());
  return found;
}

absl::Status Group::ForEachLive(
    const storage::TupleFilter& filter,
    absl::FunctionRef<bool(const storage::TupleKey&,
                           const storage::TupleValue&)>
        visit) {
  const auto rows = transaction_->Scan(filter);
  for (; rows->Valid(); rows->Next()) {
    if (rows->value().ExpiredAt(commit_time_)) continue;
    if (!visit(rows->key(), rows->value())) return absl::OkStatus();
  }
  return Note(rows->status());
}

storage::Revision Group::BeginCommit(std::string_view metadata) {
  const storage::Revision revision = transaction_->BeginCommit(commit_time_);
  ++commits_;
  if (!metadata.empty()) transaction_->SetMetadata(metadata);
  return revision;
}

absl::Status Group::Put(const storage::TupleKey& key,
                        const storage::TupleValue& value) {
  return Note(transaction_->Put(key, value));
}

absl::Status Group::Delete(const storage::TupleKey& key) {
  return Note(transaction_->Delete(key));
}

absl::StatusOr<bool> Group::HasCounter(std::string_view name) {
  const auto found = transaction_->GetCounter(name);
  if (!found.ok()) return Note(found.status());
  return found->has_value();
}

absl::StatusOr<size_t> Group::CountCounters() {
  auto count = transaction_->CountCounters();
  if (!count.ok()) return Note(count.status());
  return count;
}

absl::Status Group::PutCounter(std::string_view name, std::string_view bytes) {
  return Note(transaction_->PutCounter(name, bytes));
}

absl::Status Group::DeleteCounter(std::string_view name) {
  return Note(transaction_->DeleteCounter(name));
}

absl::Status Group::Intern(std::string_view name) {
  if (SymbolOf(name)) return absl::OkStatus();
  KITH_ASSIGN_OR_RETURN(const storage::Symbol symbol,
                        transaction_->Intern(name));
  symbols_.emplace(name, symbol);
  names_.emplace(symbol, name);
  return absl::OkStatus();
}

storage::Revision Group::CommitSchema(
    std::string text, std::shared_ptr<const engine::CompiledSchema> compiled) {
  const storage::Revision revision = BeginCommit({});
  transaction_->PutSchema(text, Hash128(text));
  schema_ = std::make_shared<SchemaInForce>(
      SchemaInForce{revision, std::move(text), std::move(compiled)});
  schema_changed_ = true;
  return revision;
}

}  // namespace kith::db
