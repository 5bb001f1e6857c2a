#include "engine/subject_roster.h"

#include <algorithm>
#include <utility>

#include "engine/leading_bytes.h"
#include "fmt/format.h"

namespace kith::engine {

SubjectRoster::Run SubjectRoster::BeginRun() {
  begins_.push_back(values_.size());
  return begins_.size() - 1;
}

void SubjectRoster::Add(std::string_view id, Value value) {
  ids_.push_back(arena_.Keep(id));
  values_.push_back(value);
}

void SubjectRoster::Number() {
  const std::vector<size_t> ends = RunEnds();
  if (ends.size() <= 1) return;
  std::vector<std::string_view> subjects;
  numbers_.resize(values_.size());
  for (const Place& place : Merge(ends)) {
    const std::string_view id = ids_[place.entry];
    if (subjects.empty() || subjects.back() != id) subjects.push_back(id);
    numbers_[place.entry] = static_cast<SubjectId>(subjects.size() - 1);
  }
  ids_ = std::move(subjects);
}

std::vector<size_t> SubjectRoster::RunEnds() const {
  std::vector<size_t> ends;
  for (Run run = 0; run < begins_.size(); ++run) {
    if (EndOf(run) > begins_[run]) ends.push_back(EndOf(run));
  }
  return ends;
}

// The first and the last of a run say what all of it begins with.
size_t SubjectRoster::CommonBytes(const std::vector<size_t>& ends) const {
  std::string_view common = ids_.front();
  size_t begin = 0;
  for (const size_t end : ends) {
    for (const size_t entry : {begin, end - 1}) {
      const auto differ = std::ranges::mismatch(common, ids_[entry]).in1;
      common = common.substr(0, differ - common.begin());
    }
    begin = end;
  }
  return common.size();
}

// Merges neighbouring runs until there is one.
std::vector<SubjectRoster::Place> SubjectRoster::Merge(
    std::vector<size_t> ends) const {
  const size_t common = CommonBytes(ends);
  std::vector<Place> places;
  places.reserve(ids_.size());
  for (uint32_t entry = 0; entry < ids_.size(); ++entry) {
    places.push_back({LeadingBytes(ids_[entry].substr(common)), entry});
  }
  const auto less = [&](const Place& a, const Place& b) {
    return a.leading != b.leading ? a.leading < b.leading
                                  : ids_[a.entry] < ids_[b.entry];
  };
  std::vector<Place> merged(places.size());
  while (ends.size() > 1) {
    std::vector<size_t> fewer;
    size_t begin = 0;
    for (size_t i = 0; i < ends.size(); i += 2) {
      const size_t middle = ends[i];
      const size_t end = i + 1 < ends.size() ? ends[i + 1] : middle;
      const auto at = places.begin();
      std::merge(at + begin, at + middle, at + middle, at + end,
                 merged.begin() + begin, less);
      fewer.push_back(end);
      begin = end;
    }
    places.swap(merged);
    ends = std::move(fewer);
  }
  return places;
}

std::vector<SubjectSet::Member> SubjectRoster::MembersOf(Run run) const {
  std::vector<SubjectSet::Member> members;
  members.reserve(EndOf(run) - begins_[run]);
  for (size_t entry = begins_[run]; entry < EndOf(run); ++entry) {
    const auto number =
        numbers_.empty() ? static_cast<SubjectId>(entry) : numbers_[entry];
    members.push_back({number, values_[entry], true});
  }
  return members;
}

std::string SubjectRoster::UnmentionedId() const {
  for (size_t number = 0;; ++number) {
    std::string id = fmt::to_string(number);
    if (!std::ranges::binary_search(ids_, std::string_view(id))) return id;
  }
}

}  // namespace kith::engine
