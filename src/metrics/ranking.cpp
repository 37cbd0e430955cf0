#include "metrics/ranking.h"

#include <algorithm>
#include <numeric>

namespace veilray::metrics {
namespace {

/// Walks over the groups of equal scores, highest first: how many of each have the finding and how
/// many have not.
template <class Body>
void for_each_tie(const LabelScores& films, Body&& body) {
  std::vector<std::size_t> order(films.score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return films.score[a] > films.score[b]; });
  for (std::size_t i = 0; i < order.size();) {
    const double score = films.score[order[i]];
    Counts group;
    for (; i < order.size() && films.score[order[i]] == score; ++i)
      ++(films.truth[order[i]] > 0 ? group.positives : group.negatives);
    body(group);
  }
}

}  // namespace

std::optional<double> auroc(const LabelScores& scores) {
  const auto films = known(scores);
  const auto total = count(films);
  if (total.positives == 0 || total.negatives == 0) return std::nullopt;
  double pairs = 0, above = 0;  // `above`: films with the finding of a higher score
  for_each_tie(films, [&](Counts group) {
    const auto p = static_cast<double>(group.positives), n = static_cast<double>(group.negatives);
    pairs += n * (above + p / 2);
    above += p;
  });
  return pairs / (static_cast<double>(total.positives) * static_cast<double>(total.negatives));
}

std::optional<double> average_precision(const LabelScores& scores) {
  const auto films = known(scores);
  const auto total = static_cast<double>(count(films).positives);
  if (total == 0) return std::nullopt;
  double sum = 0, found = 0, taken = 0;
  for_each_tie(films, [&](Counts group) {
    const auto p = static_cast<double>(group.positives);
    found += p;
    taken += p + static_cast<double>(group.negatives);
    sum += p * found / taken;
  });
  return sum / total;
}

std::optional<double> macro_auroc(std::span<const LabelScores> labels) {
  double sum = 0;
  int defined = 0;
  for (const auto& label : labels) {
    const auto area = auroc(label);
    if (!area) continue;
    sum += *area;
    ++defined;
  }
  if (defined == 0) return std::nullopt;
  return sum / defined;
}

std::optional<double> micro_auroc(std::span<const LabelScores> labels) {
  LabelScores all;
  for (const auto& label : labels) {
    check(label);
    all.score.insert(all.score.end(), label.score.begin(), label.score.end());
    all.truth.insert(all.truth.end(), label.truth.begin(), label.truth.end());
  }
  return auroc(all);
}

}  // namespace veilray::metrics
