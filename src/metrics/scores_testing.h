#pragma once
// For tests: films drawn at random, scores with many ties.
#include <cstdint>
#include <random>

#include "metrics/scores.h"

namespace veilray::metrics::test {

/// `steps` different scores; a film with the finding scores higher on average. One in ten unknown.
inline LabelScores draw(std::size_t films, int steps, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  const auto below = [&](std::uint64_t n) { return bits() % n; };
  LabelScores scores;
  for (std::size_t i = 0; i < films; ++i) {
    const bool present = below(4) == 0;
    const auto step = below(static_cast<std::uint64_t>(steps)) + (present ? below(3) : 0);
    scores.score.push_back(static_cast<double>(step) / steps - 0.3);
    scores.truth.push_back(below(10) == 0 ? std::int8_t{-1} : static_cast<std::int8_t>(present));
  }
  return scores;
}

}  // namespace veilray::metrics::test
