#include "cli/scored_films.h"

#include <algorithm>
#include <cmath>

#include "metrics/decision.h"
#include "metrics/ranking.h"

namespace veilray::cli {
namespace {

using metrics::LabelScores;

/// One LabelScores per label; `score` says which number of a film's logit counts.
template <class Score>
std::vector<LabelScores> columns(const ScoredFilms& films, Score score) {
  std::vector<LabelScores> labels(films.labels.size());
  for (std::size_t k = 0; k < labels.size(); ++k)
    for (std::size_t i = 0; i < films.films.size(); ++i) {
      labels[k].score.push_back(score(films.readings[k], films.logits[i][k]));
      labels[k].truth.push_back(static_cast<std::int8_t>(films.films[i].labels[k]));
    }
  return labels;
}

std::vector<double> thresholds(const ScoredFilms& films) {
  std::vector<double> values;
  for (const auto& reading : films.readings) values.push_back(reading.threshold);
  return values;
}

}  // namespace

ScoredFilms ScoredFilms::first(std::size_t count) const {
  const auto some = static_cast<std::ptrdiff_t>(std::min(count, films.size()));
  return {labels,
          readings,
          {films.begin(), films.begin() + some},
          {logits.begin(), logits.begin() + some}};
}

std::vector<LabelScores> ScoredFilms::ranking() const {
  return columns(*this, [](const graph::Reading&, double logit) { return logit; });
}

std::vector<LabelScores> ScoredFilms::probabilities() const {
  return columns(*this,
                 [](const auto& reading, double logit) { return reading.probability(logit); });
}

Evaluation evaluate(const ScoredFilms& films) {
  const auto ranking = films.ranking(), probabilities = films.probabilities();
  Evaluation result;
  result.n = films.films.size();
  result.macro_auroc = metrics::macro_auroc(ranking);
  result.macro_ci = metrics::macro_auroc_interval(ranking);
  result.micro_auroc = metrics::micro_auroc(probabilities);
  result.macro_f1 = metrics::macro_f1(probabilities, thresholds(films));
  for (std::size_t k = 0; k < films.labels.size(); ++k) {
    result.labels.push_back({.label = films.labels[k],
                             .auroc = metrics::auroc(ranking[k]),
                             .average_precision = metrics::average_precision(ranking[k]),
                             .ci = metrics::auroc_interval(ranking[k]),
                             .f1 = metrics::f1(probabilities[k], films.readings[k].threshold),
                             .f1_at_half = metrics::f1(probabilities[k], 0.5),
                             .positives = metrics::count(ranking[k]).positives});
  }
  return result;
}

Agreement compare(const ScoredFilms& plain, const ScoredFilms& encrypted) {
  Agreement result;
  result.n = plain.films.size();
  for (std::size_t i = 0; i < plain.films.size(); ++i)
    for (std::size_t k = 0; k < plain.labels.size(); ++k) {
      const double a = plain.logits[i][k], b = encrypted.logits[i][k];
      const auto& reading = plain.readings[k];
      const auto decides = [&](double logit) {
        return reading.probability(logit) >= reading.threshold;
      };
      result.max_abs_error = std::max(result.max_abs_error, std::abs(a - b));
      if (decides(a) != decides(b)) ++result.decisions_changed;
    }
  result.plain_macro_auroc = metrics::macro_auroc(plain.ranking());
  result.macro_auroc = metrics::macro_auroc(encrypted.ranking());
  return result;
}

Comparison compare(const ScoredFilms& ours, const dataset::Probabilities& theirs) {
  const auto our_ranking = ours.ranking();
  std::vector<std::size_t> films;
  for (std::size_t i = 0; i < ours.films.size(); ++i)
    if (!theirs.find(ours.films[i].file).empty()) films.push_back(i);
  std::vector<LabelScores> left, right;
  for (std::size_t k = 0; k < ours.labels.size(); ++k) {
    const auto& names = theirs.labels();
    const auto found = std::find(names.begin(), names.end(), ours.labels[k]);
    if (found == names.end()) continue;
    left.push_back(metrics::resampled(our_ranking[k], films));
    right.push_back(left.back());
    for (std::size_t i = 0; i < films.size(); ++i)
      right.back().score[i] =
          theirs.find(ours.films[films[i]].file)[static_cast<std::size_t>(found - names.begin())];
  }
  Comparison result;
  result.n = films.size();
  result.labels = left.size();
  result.macro_auroc = metrics::macro_auroc(right);
  result.difference = metrics::macro_auroc_difference(left, right);
  return result;
}

}  // namespace veilray::cli
