#pragma once
// What several films were given and what they have, label by label.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace veilray::metrics {

/// One label: a score for each film, higher for "present", and the truth (1 present, 0 absent, -1
/// unknown: such a film does not count). Scores may be logits or probabilities.
struct LabelScores {
  std::vector<double> score;
  std::vector<std::int8_t> truth;
};

/// Throws: Error{kInvalidArgument} unless there are as many truths as scores.
void check(const LabelScores& scores);

/// Scores and truths of the films that count.
LabelScores known(const LabelScores& scores);

struct Counts {
  std::size_t positives = 0, negatives = 0;
};
Counts count(const LabelScores& scores);

/// The films `films`, in that order, films repeated where they stand twice.
LabelScores resampled(const LabelScores& scores, std::span<const std::size_t> films);

}  // namespace veilray::metrics
