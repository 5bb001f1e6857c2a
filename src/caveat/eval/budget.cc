#include "caveat/eval/budget.h"

#include "fmt/format.h"

namespace kith::caveat {

absl::Status Budget::ExhaustedError() const {
  return absl::ResourceExhaustedError(
      out_of_steps_
          ? fmt::format("evaluation takes more than {} steps",
                        limits_.steps_max)
          : fmt::format("evaluation makes more than {} bytes of values",
                        limits_.bytes_max));
}

}  // namespace kith::caveat
