#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "engine/engine.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "kith/values.h"
#include "model/value_json.h"
#include "schema/schema.h"
#include "storage/store.h"

namespace kith::engine {

// A store in memory with a schema, driven without the database layer: what the
// engine sees and nothing more.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = storage::Store::Open({.path = "", .in_memory = true});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  void Load(std::string_view schema_text,
            const std::vector<std::string>& relationships) {
    auto schema = schema::Compile(schema_text);
    ASSERT_TRUE(schema.ok()) << schema.status();
    auto transaction = store_->Begin();
    transaction->BeginCommit(now_);
    for (const auto& definition : (*schema)->definitions()) {
      Intern(transaction.get(), definition.name);
      for (const auto& r : definition.relations) {
        Intern(transaction.get(), r.name);
      }
      for (const auto& p : definition.permissions) {
        Intern(transaction.get(), p.name);
      }
    }
    for (const auto& caveat : (*schema)->caveats()) {
      Intern(transaction.get(), caveat.name);
    }
    for (const std::string& text : relationships) {
      Put(transaction.get(), text);
    }
    ASSERT_TRUE(store_->Commit(std::move(transaction), {}).ok());
    auto compiled = CompiledSchema::Make(
        *schema, [this](auto name) { return store_->FindSymbol(name); });
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    evaluation_.schema = *compiled;
    snapshot_ = store_->AtHead();
    evaluation_.snapshot = snapshot_.get();
    evaluation_.now = now_;
  }

  static storage::Symbol Intern(storage::Transaction* transaction,
                                std::string_view name) {
    if (name.empty()) return storage::kNoSymbol;
    const auto symbol = transaction->Intern(name);
    EXPECT_TRUE(symbol.ok()) << symbol.status();
    return *symbol;
  }

  static void Put(storage::Transaction* transaction, const std::string& text) {
    const auto parsed = Relationship::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    const storage::TupleKey key{
        .resource_type = Intern(transaction, parsed->resource.type),
        .resource_id = parsed->resource.id,
        .relation = Intern(transaction, parsed->relation),
        .subject_type = Intern(transaction, parsed->subject.object.type),
        .subject_id = parsed->subject.object.id,
        .subject_relation = Intern(transaction, parsed->subject.relation)};
    storage::TupleValue value;
    value.expires_at = parsed->expires_at;
    std::string context;
    if (parsed->caveat) {
      value.caveat = Intern(transaction, parsed->caveat->name);
      if (!parsed->caveat->context.empty()) {
        context = ToJson(parsed->caveat->context);
      }
      value.caveat_context = context;
    }
    ASSERT_TRUE(transaction->Put(key, value).ok());
  }

  // "document:readme#view@user:anne" answered "yes", "no", "needs x, y" (the
  // missing context) or by the error's text.
  std::string Ask(const std::string& question,
                  const std::string& context = "{}") {
    CheckBatch batch(evaluation_);
    return Ask(&batch, question, context);
  }
  static std::string Ask(CheckBatch* batch, const std::string& question,
                         const std::string& context = "{}") {
    const auto answer = Check(batch, question, context);
    if (!answer.ok()) return std::string(answer.status().message());
    switch (answer->permissionship) {
      case Permissionship::kHasPermission:
        return "yes";
      case Permissionship::kConditional:
        return fmt::format("needs {}",
                           fmt::join(answer->missing_context, ", "));
      case Permissionship::kNoPermission:
        return "no";
    }
    return "?";
  }
  static absl::StatusOr<CheckAnswer> Check(CheckBatch* batch,
                                           const std::string& question,
                                           const std::string& context = "{}") {
    const auto parsed = Relationship::Parse(question);
    if (!parsed.ok()) return parsed.status();
    const auto values = StructFromJson(context);
    if (!values.ok()) return values.status();
    return batch->Check(parsed->resource, parsed->relation, parsed->subject,
                        *values);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Snapshot> snapshot_;
  Evaluation evaluation_;
};

}  // namespace kith::engine
