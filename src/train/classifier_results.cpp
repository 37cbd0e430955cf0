#include "train/classifier_results.h"

#include <algorithm>
#include <cmath>

#include "dataset/probabilities.h"
#include "metrics/bootstrap.h"
#include "metrics/calibration.h"
#include "metrics/decision.h"
#include "metrics/ranking.h"

namespace veilray::train {
namespace {

constexpr double kNever = 2.0;  // a threshold that no probability reaches

metrics::LabelScores calibrated(metrics::LabelScores scores, const graph::Reading& reading) {
  for (double& score : scores.score) score = reading.probability(score);
  return scores;
}

std::optional<graph::ConfidenceInterval> interval(const std::optional<metrics::Interval>& of) {
  if (!of) return std::nullopt;
  return graph::ConfidenceInterval{of->low, of->high};
}

}  // namespace

std::vector<graph::Reading> choose_readings(const ClassifierData& data,
                                            const tensor::Tensor& fold_logits) {
  std::vector<graph::Reading> readings;
  for (std::size_t label = 0; label < data.labels.size(); ++label) {
    const auto scores = scores_of(fold_logits, data.training, label);
    const auto line = metrics::platt(scores);
    graph::Reading reading{.a = line.a, .b = line.b};
    const double best = metrics::best_threshold(calibrated(scores, reading));
    reading.threshold = std::isfinite(best) ? std::clamp(best, 0.0, kNever) : kNever;
    readings.push_back(reading);
  }
  return readings;
}

graph::ClassifierMetrics measure(const ClassifierData& data, const tensor::Tensor& logits,
                                 const std::vector<graph::Reading>& readings) {
  const auto scores = all_scores(logits, data.validation);
  graph::ClassifierMetrics metrics{.train_films = data.training.size(),
                                   .selection_films = data.labelled,
                                   .validation_films = data.validation.size(),
                                   .macro_auroc = metrics::macro_auroc(scores),
                                   .macro_ci = interval(metrics::macro_auroc_interval(scores))};
  for (std::size_t label = 0; label < scores.size(); ++label) {
    const auto& of = scores[label];
    metrics.labels.push_back(
        {.auroc = metrics::auroc(of),
         .average_precision = metrics::average_precision(of),
         .auroc_ci = interval(metrics::auroc_interval(of)),
         .f1 = metrics::f1(calibrated(of, readings[label]), readings[label].threshold),
         .positives = metrics::count(of).positives});
  }
  return metrics;
}

std::string tell_probabilities(const graph::ClassifierRecord& record, const ClassifierData& data,
                               const ClassifierFolds& folds,
                               const tensor::Tensor& validation_logits) {
  std::vector<std::filesystem::path> files;
  std::vector<double> values;
  const auto add = [&](const std::vector<dataset::Film>& films, const tensor::Tensor& logits) {
    for (const auto& film : films) files.push_back(film.file);
    for (std::size_t i = 0; i < logits.data.size(); ++i) {
      values.push_back(record.readings[i % record.readings.size()].probability(logits.data[i]));
    }
  };
  add(data.training, folds.chosen().fold_logits);
  if (!data.untaught.empty()) add(data.untaught, folds.mean_logits(data.untaught_latents));
  add(data.validation, validation_logits);
  return dataset::write_probabilities(data.labels, files, values);
}

}  // namespace veilray::train
