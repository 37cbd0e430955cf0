#pragma once
// Films that a model has classified, against what they have.
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "dataset/probabilities.h"
#include "graph/reading.h"
#include "metrics/bootstrap.h"
#include "metrics/scores.h"

namespace veilray::cli {

struct ScoredFilms {
  std::vector<std::string> labels;
  std::vector<graph::Reading> readings;     // one per label
  std::vector<dataset::Film> films;         // with one state per label
  std::vector<std::vector<double>> logits;  // one list per film, one logit per label

  /// The first `count` films.
  ScoredFilms first(std::size_t count) const;
  /// Logits, for what order alone decides.
  std::vector<metrics::LabelScores> ranking() const;
  /// Calibrated probabilities, for decisions.
  std::vector<metrics::LabelScores> probabilities() const;
};

struct LabelResult {
  std::string label;
  std::optional<double> auroc = {}, average_precision = {};
  std::optional<metrics::Interval> ci = {};
  double f1 = 0, f1_at_half = 0;  // at the model's threshold, at probability 0.5
  std::size_t positives = 0;
};

struct Evaluation {
  std::size_t n = 0;
  std::optional<double> macro_auroc = {}, micro_auroc = {};
  std::optional<metrics::Interval> macro_ci = {};
  double macro_f1 = 0;
  std::vector<LabelResult> labels = {};
};
Evaluation evaluate(const ScoredFilms& films);

/// The same films, computed twice.
struct Agreement {
  std::size_t n = 0;
  double max_abs_error = 0;           // of a logit
  std::size_t decisions_changed = 0;  // films and labels that cross the threshold
  std::optional<double> plain_macro_auroc = {}, macro_auroc = {};
  /// Largest slot of any step, as a multiple of what the plan was calibrated on; 0 if not measured.
  double range_ratio = 0;
};
Agreement compare(const ScoredFilms& plain, const ScoredFilms& encrypted);

/// Against another classifier, on the films and labels that both have.
struct Comparison {
  std::size_t n = 0, labels = 0;
  std::optional<double> macro_auroc;              // the other one's
  std::optional<metrics::Difference> difference;  // ours minus theirs, paired over films
};
Comparison compare(const ScoredFilms& ours, const dataset::Probabilities& theirs);

}  // namespace veilray::cli
