#include "engine/result_cache.h"

#include <array>
#include <cstring>

#include "base/epoch.h"
#include "base/hash.h"
#include "base/seeded_bug.h"

namespace kith::engine {
namespace {

// The bytes of a question: numbers, the sizes of all texts, the texts.
class QuestionKey {
 public:
  explicit QuestionKey(const ResultCache::Question& question) {
    const std::array<std::string_view, 6> texts = {
        question.resource.type,
        question.resource.id,
        question.permission,
        question.subject.object.type,
        question.subject.object.id,
        IsSeeded(SeededBug::kCacheKeyLacksSubjectRelation)
            ? std::string_view()
            : question.subject.relation};
    const uint64_t schema =
        IsSeeded(SeededBug::kCacheKeyLacksSchema) ? 0 : question.schema;
    size_t size = sizeof(schema) + sizeof(question.max_depth);
    for (const std::string_view text : texts) {
      size += sizeof(uint16_t) + text.size();
    }
    if (size > bytes_.size()) return;  // not worth keeping
    Append(&schema, sizeof(schema));
    Append(&question.max_depth, sizeof(question.max_depth));
    for (const std::string_view text : texts) {
      const auto text_size = static_cast<uint16_t>(text.size());
      Append(&text_size, sizeof(text_size));
    }
    for (const std::string_view text : texts) Append(text.data(), text.size());
  }

  bool empty() const { return size_ == 0; }
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  void Append(const void* bytes, size_t size) {
    if (size != 0) std::memcpy(bytes_.data() + size_, bytes, size);
    size_ += size;
  }

  std::array<char, 512> bytes_;
  size_t size_ = 0;
};

}  // namespace

std::optional<Permissionship> ResultCache::Find(const Question& question,
                                                storage::Revision revision,
                                                absl::Time now,
                                                ExactCache::Asks asks) {
  const QuestionKey key(question);
  if (key.empty()) return std::nullopt;
  const EpochPin pin;
  const auto hit =
      cache_.Find(pin, key.bytes(), Hash64(key.bytes()), revision, now, asks);
  if (!hit) return std::nullopt;
  return static_cast<Permissionship>(hit->payload.front());
}

void ResultCache::Insert(const Question& question, Permissionship answer,
                         storage::Revision revision, const Support& support) {
  const QuestionKey key(question);
  if (key.empty()) return;
  const char payload = static_cast<char>(answer);
  cache_.Insert(
      key.bytes(), Hash64(key.bytes()),
      {.payload = {&payload, 1},
       .revision = revision,
       .time =
           IsSeeded(SeededBug::kCacheForgetsExpiry) ? TimeSpan() : support.time,
       .dependencies = support.dependencies});
}

}  // namespace kith::engine
