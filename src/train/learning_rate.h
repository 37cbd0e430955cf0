#pragma once
#include <algorithm>
#include <cmath>
#include <numbers>

namespace veilray::train {

/// Linear warm-up, then half a cosine down to a hundredth of `highest`. `warm` is the share of the
/// warm-up that is done (beyond 1: all of it), `done` that of the whole training.
/// Source of the cosine: Loshchilov, Hutter, arXiv 1608.03983.
inline double learning_rate(double highest, double warm, double done) {
  constexpr double kLowest = 0.01;
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(1.0, done)));
  return highest * std::min(1.0, warm) * (kLowest + (1.0 - kLowest) * cosine);
}

}  // namespace veilray::train
