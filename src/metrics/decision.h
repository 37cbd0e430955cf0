#pragma once
// How good yes and no are: a score at or above the threshold means yes.
#include <span>

#include "metrics/scores.h"

namespace veilray::metrics {

struct Confusion {
  std::size_t true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;
};
Confusion confusion(const LabelScores& scores, double threshold);

/// Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); zero if nothing is found or
/// there is nothing to find.
double f1(const Confusion& counts);
double f1(const LabelScores& scores, double threshold);

/// The mean over labels, and the F1 of the summed counts. One threshold per label.
double macro_f1(std::span<const LabelScores> labels, std::span<const double> thresholds);
double micro_f1(std::span<const LabelScores> labels, std::span<const double> thresholds);

/// The threshold of the highest F1, half way between two neighbouring scores (so that a film moved
/// by a rounding error stays on its side); the highest one of several that are as good. Without a
/// film that has the finding: above every score. To be chosen on films that nothing is reported on.
double best_threshold(const LabelScores& scores);

}  // namespace veilray::metrics
