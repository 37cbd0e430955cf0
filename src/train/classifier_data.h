#pragma once
// Films with labels as a classifier's training sees them: latents and targets.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "dataset/dataset.h"
#include "metrics/scores.h"
#include "tensor/tensor.h"
#include "train/classifier_recipe.h"
#include "vision/latent_cache.h"

namespace veilray::train {

/// What a classifier is trained on.
struct LabelledLatents {
  std::vector<tensor::Tensor> copies;  // each [n, C, S, S]; the first of the films as they are
  tensor::Tensor targets;              // [n, labels] in [0, 1], or -1 where nothing is known
};

struct ClassifierData {
  std::vector<std::string> labels;
  std::vector<dataset::Film> training, validation;  // those that have a latent
  LabelledLatents examples;                         // of `training`
  tensor::Tensor validation_latents;                // [m, C, S, S]
  std::vector<dataset::Film> untaught;              // neither labels nor a teacher know them
  tensor::Tensor untaught_latents;                  // [u, C, S, S], empty where there are none
  std::size_t labelled = 0;                         // training films of which a label is known
  std::size_t taught = 0;                           // training films that a teacher knows
  std::size_t skipped = 0;                          // missing or unreadable
};

struct DataOptions {
  std::filesystem::path folder, cache;  // an empty cache keeps nothing
  /// CSVs of probabilities: of each film the first that knows it is asked.
  std::vector<std::filesystem::path> teachers;
  std::vector<std::string> sources;  // of an index.csv; empty for all
  /// Sources whose labels are not asked for: their films are learned from a teacher that knows
  /// them, or only told about.
  std::vector<std::string> unlabelled;
};

/// Reads the folder and makes the latents, augmented copies and all. Fails as read_dataset,
/// cached_latents and the teachers' reader do, or with kInvalidArgument when one side of the split
/// is empty.
Result<ClassifierData> load_classifier_data(const DataOptions& options,
                                            const ClassifierRecipe& recipe,
                                            const vision::LatentSource& source, Progress& progress);

/// In which of `folds` parts each film is held out: whole patients, parts of about equal size.
std::vector<std::size_t> patient_folds(const std::vector<dataset::Film>& films, std::size_t folds,
                                       std::uint64_t seed);

/// Column `label` of [n, labels] logits, with the films' truths.
metrics::LabelScores scores_of(const tensor::Tensor& logits, std::span<const dataset::Film> films,
                               std::size_t label);
/// Every column.
std::vector<metrics::LabelScores> all_scores(const tensor::Tensor& logits,
                                             std::span<const dataset::Film> films);

}  // namespace veilray::train
