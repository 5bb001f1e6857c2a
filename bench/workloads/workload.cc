#include "workloads/workload.h"

#include "workloads/draw.h"

namespace kith::bench {

std::vector<CheckQuestion> Workload::Bulk(Draw* draw, size_t count) const {
  std::vector<CheckQuestion> page;
  page.reserve(count);
  for (size_t i = 0; i < count; ++i) page.push_back(Check(draw));
  return page;
}

std::optional<LookupResourcesQuestion> Workload::LookupResources(Draw*) const {
  return std::nullopt;
}

std::optional<LookupSubjectsQuestion> Workload::LookupSubjects(Draw*) const {
  return std::nullopt;
}

}  // namespace kith::bench
