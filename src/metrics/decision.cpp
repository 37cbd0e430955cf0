#include "metrics/decision.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace veilray::metrics {
namespace {

void check_thresholds(std::span<const LabelScores> labels, std::span<const double> thresholds) {
  if (labels.size() != thresholds.size())
    throw Error(ErrorCode::kInvalidArgument, "one threshold per label is needed");
}

}  // namespace

Confusion confusion(const LabelScores& scores, double threshold) {
  check(scores);
  Confusion counts;
  for (std::size_t i = 0; i < scores.score.size(); ++i) {
    const bool yes = scores.score[i] >= threshold;
    if (scores.truth[i] > 0) ++(yes ? counts.true_positives : counts.false_negatives);
    if (scores.truth[i] == 0) ++(yes ? counts.false_positives : counts.true_negatives);
  }
  return counts;
}

double f1(const Confusion& counts) {
  const auto hits = 2 * static_cast<double>(counts.true_positives);
  const auto misses = static_cast<double>(counts.false_positives + counts.false_negatives);
  return hits == 0 ? 0 : hits / (hits + misses);
}

double f1(const LabelScores& scores, double threshold) { return f1(confusion(scores, threshold)); }

double macro_f1(std::span<const LabelScores> labels, std::span<const double> thresholds) {
  check_thresholds(labels, thresholds);
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) sum += f1(labels[i], thresholds[i]);
  return labels.empty() ? 0 : sum / static_cast<double>(labels.size());
}

double micro_f1(std::span<const LabelScores> labels, std::span<const double> thresholds) {
  check_thresholds(labels, thresholds);
  Confusion all;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto counts = confusion(labels[i], thresholds[i]);
    all.true_positives += counts.true_positives;
    all.false_positives += counts.false_positives;
    all.false_negatives += counts.false_negatives;
    all.true_negatives += counts.true_negatives;
  }
  return f1(all);
}

double best_threshold(const LabelScores& scores) {
  const auto films = known(scores);
  const auto positives = count(films).positives;
  std::vector<std::size_t> order(films.score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return films.score[a] > films.score[b]; });
  if (order.empty()) return 0;
  double best = films.score[order.front()] + 1, best_f1 = 0;
  Confusion counts{.true_positives = 0, .false_positives = 0, .false_negatives = positives};
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (films.truth[order[i]] > 0) {
      ++counts.true_positives;
      --counts.false_negatives;
    } else {
      ++counts.false_positives;
    }
    const double score = films.score[order[i]];
    const bool last = i + 1 == order.size();
    if (!last && films.score[order[i + 1]] == score) continue;
    if (f1(counts) <= best_f1) continue;
    best_f1 = f1(counts);
    best = last ? score : std::midpoint(score, films.score[order[i + 1]]);
  }
  return best;
}

}  // namespace veilray::metrics
