#pragma once
// From logits to the record and the card of a trained classifier.
#include <string>
#include <vector>

#include "graph/classifier_record.h"
#include "train/classifier_data.h"
#include "train/classifier_folds.h"

namespace veilray::train {

/// Platt calibration and the threshold of the highest F1 of each label, on logits out of fold.
std::vector<graph::Reading> choose_readings(const ClassifierData& data,
                                            const tensor::Tensor& fold_logits);

/// AUROC with 95 % bootstrap intervals, average precision, and F1 at the readings' thresholds, on
/// the validation films.
graph::ClassifierMetrics measure(const ClassifierData& data, const tensor::Tensor& logits,
                                 const std::vector<graph::Reading>& readings);

/// probabilities.csv, another training's teacher: calibrated probabilities of the films trained on
/// as helpers told that had not seen them, of those that nobody knows as all networks told in the
/// mean, and of the validation films as the network tells.
std::string tell_probabilities(const graph::ClassifierRecord& record, const ClassifierData& data,
                               const ClassifierFolds& folds,
                               const tensor::Tensor& validation_logits);

/// What card.md says beside what is in the record.
struct CardFacts {
  std::string name;     // of the output folder
  std::string command;  // that makes it
  std::string recipe;   // the file, whole
};
/// card.md: data, split, recipe, command, seed, metrics with intervals, intended use, limits,
/// licence and attribution.
std::string write_card(const graph::ClassifierRecord& record, const ClassifierData& data,
                       const ChosenClassifier& chosen, const ClassifierRecipe& recipe,
                       const CardFacts& facts);

}  // namespace veilray::train
