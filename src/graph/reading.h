#pragma once
#include <cmath>

namespace veilray::graph {

/// How a logit is read: the probability is 1 / (1 + exp(-(a logit + b))), and the finding counts as
/// present if that is at least `threshold`.
struct Reading {
  double a = 1;  // finite, not negative
  double b = 0;  // finite
  /// In [0, 2]: above 1 the finding is never present.
  double threshold = 0.5;

  double probability(double logit) const { return 1 / (1 + std::exp(-(a * logit + b))); }
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Whether each number is where it belongs.
inline bool is_sane(const Reading& reading) {
  return std::isfinite(reading.a) && reading.a >= 0 && std::isfinite(reading.b) &&
         reading.threshold >= 0 && reading.threshold <= 2;
}

}  // namespace veilray::graph
