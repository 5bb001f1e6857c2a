#include "workloads/zipf.h"

#include <algorithm>
#include <cmath>

namespace kith::bench {
namespace {

constexpr double kTail = 1 - Zipf::kExponent;

double Density(double x) { return std::pow(x, -Zipf::kExponent); }
double Integral(double x) { return (std::pow(x, kTail) - 1) / kTail; }
double InverseIntegral(double y) { return std::pow(1 + y * kTail, 1 / kTail); }

}  // namespace

// The density at k is compared with its integral over [k - 1/2, k + 1/2],
// which is the larger because the density is convex.
Zipf::Zipf(uint64_t count)
    : count_(count),
      low_(Integral(1.5) - 1),
      high_(Integral(static_cast<double>(count) + 0.5)),
      squeeze_(2 - InverseIntegral(Integral(2.5) - Density(2))) {}

uint64_t Zipf::Sample(Random* random) const {
  while (true) {
    double y = high_ + random->Unit() * (low_ - high_);
    double x = InverseIntegral(y);
    double k =
        std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(count_));
    if (k - x <= squeeze_ || y >= Integral(k + 0.5) - Density(k)) {
      return static_cast<uint64_t>(k) - 1;
    }
  }
}

}  // namespace kith::bench
