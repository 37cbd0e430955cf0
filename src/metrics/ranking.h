#pragma once
// How well scores order films: no threshold is needed.
#include <optional>
#include <span>

#include "metrics/scores.h"

namespace veilray::metrics {

/// Area under the ROC curve: the share of pairs of a film with the finding and one without in which
/// the first has the higher score, ties counted half (Mann, Whitney 1947; Hanley, McNeil 1982).
/// Nothing if one side has no film: the area is then not defined.
std::optional<double> auroc(const LabelScores& scores);

/// Average precision: precision at each film with the finding, from the highest score down,
/// averaged; films of one score enter together. (The step-wise sum over recall, without
/// interpolation.) Nothing if no film has the finding.
std::optional<double> average_precision(const LabelScores& scores);

/// The mean over the labels for which it is defined; nothing if it is for none.
std::optional<double> macro_auroc(std::span<const LabelScores> labels);
/// Over all pairs of film and label at once: scores of different labels must be comparable, so give
/// calibrated probabilities.
std::optional<double> micro_auroc(std::span<const LabelScores> labels);

}  // namespace veilray::metrics
