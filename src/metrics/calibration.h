#pragma once
// From logits to probabilities that deserve the name.
#include "metrics/scores.h"

namespace veilray::metrics {

/// Of one label: p = 1 / (1 + exp(-(a logit + b))).
struct Calibration {
  double a = 1, b = 0;
  friend bool operator==(const Calibration&, const Calibration&) = default;
};

double probability(const Calibration& calibration, double logit);

/// Mean negative log-likelihood, in nats, over the films that count.
double log_loss(const Calibration& calibration, const LabelScores& logits);

/// Platt scaling (Platt 1999) by Newton's method, with his smoothed targets (N+ + 1) / (N+ + 2) and
/// 1 / (N- + 2), which keep a few films from giving probabilities 0 and 1. Without films of both
/// kinds: the logits as they are. The slope is never negative: a label whose logits order the films
/// the wrong way gets slope 0 and its films' base rate.
Calibration platt(const LabelScores& logits);

}  // namespace veilray::metrics
