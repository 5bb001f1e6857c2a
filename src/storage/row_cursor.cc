#include "storage/row_cursor.h"

#include <utility>

#include "base/status_macros.h"

namespace kith::storage {
namespace {

// A heap of cursors by their current rows.
class Merge final : public RowCursor {
 public:
  explicit Merge(std::vector<std::unique_ptr<RowCursor>> cursors) {
    for (auto& cursor : cursors) {
      if (cursor->Valid()) heap_.push_back(std::move(cursor));
    }
    for (size_t i = heap_.size() / 2; i-- > 0;) SiftDown(i);
  }

  bool Valid() const override { return !heap_.empty(); }
  const StagedRow& row() const override { return heap_.front()->row(); }

  absl::Status Next() override {
    absl::Status status = heap_.front()->Next();
    if (!status.ok()) {
      heap_.clear();
      return status;
    }
    if (!heap_.front()->Valid()) {
      std::swap(heap_.front(), heap_.back());
      heap_.pop_back();
    }
    SiftDown(0);
    return absl::OkStatus();
  }

 private:
  bool Less(size_t a, size_t b) const {
    const StagedRow& one = heap_[a]->row();
    const StagedRow& other = heap_[b]->row();
    const int order = one.key.compare(other.key);
    return order != 0 ? order < 0 : one.place < other.place;
  }

  void SiftDown(size_t at) {
    while (true) {
      size_t least = at;
      for (size_t child = 2 * at + 1; child <= 2 * at + 2; ++child) {
        if (child < heap_.size() && Less(child, least)) least = child;
      }
      if (least == at) return;
      std::swap(heap_[at], heap_[least]);
      at = least;
    }
  }

  std::vector<std::unique_ptr<RowCursor>> heap_;  // all Valid()
};

}  // namespace

std::unique_ptr<RowCursor> MergeRows(
    std::vector<std::unique_ptr<RowCursor>> cursors) {
  if (cursors.size() == 1) return std::move(cursors.front());
  return std::make_unique<Merge>(std::move(cursors));
}

}  // namespace kith::storage
