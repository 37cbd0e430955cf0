#include "metrics/calibration.h"

#include <algorithm>
#include <cmath>

namespace veilray::metrics {
namespace {

constexpr int kMostSteps = 100;
constexpr double kConverged = 1e-10;
constexpr double kRidge = 1e-12;  // of the Hessian: all logits may be equal

/// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// Films with Platt's targets.
struct Targets {
  std::vector<double> logit, target;

  double loss(const Calibration& at) const {
    double sum = 0;
    for (std::size_t i = 0; i < logit.size(); ++i) {
      const double z = at.a * logit[i] + at.b;
      sum += softplus(z) - target[i] * z;
    }
    return sum;
  }
};

Targets smoothed(const LabelScores& films, Counts counts) {
  const double present =
      (static_cast<double>(counts.positives) + 1) / (static_cast<double>(counts.positives) + 2);
  const double absent = 1 / (static_cast<double>(counts.negatives) + 2);
  Targets targets{films.score, {}};
  for (const auto truth : films.truth) targets.target.push_back(truth > 0 ? present : absent);
  return targets;
}

/// The loss is convex: Newton steps, halved until they gain.
Calibration minimise(const Targets& films) {
  Calibration at;
  double loss = films.loss(at);
  for (int step = 0; step < kMostSteps; ++step) {
    double ga = 0, gb = 0, haa = kRidge, hab = 0, hbb = kRidge;
    for (std::size_t i = 0; i < films.logit.size(); ++i) {
      const double x = films.logit[i];
      const double p = probability(at, x);
      const double weight = p * (1 - p);
      ga += (p - films.target[i]) * x;
      gb += p - films.target[i];
      haa += weight * x * x;
      hab += weight * x;
      hbb += weight;
    }
    const double determinant = haa * hbb - hab * hab;
    if (!(determinant > 0)) return at;
    const double da = (hbb * ga - hab * gb) / determinant;
    const double db = (haa * gb - hab * ga) / determinant;
    double size = 1;
    Calibration next{at.a - da, at.b - db};
    while (films.loss(next) > loss && size > kConverged) {
      size /= 2;
      next = {at.a - size * da, at.b - size * db};
    }
    const double gain = loss - films.loss(next);
    if (gain < 0) return at;
    at = next;
    loss -= gain;
    if (gain < kConverged) return at;
  }
  return at;
}

}  // namespace

double probability(const Calibration& calibration, double logit) {
  return 1 / (1 + std::exp(-(calibration.a * logit + calibration.b)));
}

double log_loss(const Calibration& calibration, const LabelScores& logits) {
  const auto films = known(logits);
  if (films.score.empty()) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < films.score.size(); ++i) {
    const double z = calibration.a * films.score[i] + calibration.b;
    sum += softplus(films.truth[i] > 0 ? -z : z);
  }
  return sum / static_cast<double>(films.score.size());
}

Calibration platt(const LabelScores& logits) {
  const auto films = known(logits);
  const auto counts = count(films);
  if (counts.positives == 0 || counts.negatives == 0) return {};
  const auto targets = smoothed(films, counts);
  const auto fitted = minimise(targets);
  if (fitted.a >= 0) return fitted;
  double rate = 0;
  for (const double target : targets.target) rate += target;
  rate /= static_cast<double>(targets.target.size());
  return {0, std::log(rate / (1 - rate))};
}

}  // namespace veilray::metrics
