#pragma once
// One classifier, and as many helpers as there are folds, trained side by side.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "train/classifier_data.h"
#include "train/classifier_trainer.h"

namespace veilray::train {

/// One line of the training's log.
struct ClassifierLogRow {
  std::int64_t epoch = 0;      // from 1
  ClassifierEpoch final = {};  // of the network that is kept
  double fold_loss = 0.0;      // in nats, over the films that each helper has not seen
  double fold_auroc = 0.0;     // macro AUROC there, the mean over helpers
};

/// What came out.
struct ChosenClassifier {
  std::int64_t epoch = 0;      // 0: none yet
  double fold_auroc = 0.0;     // macro AUROC out of fold at that epoch
  tensor::TensorFile weights;  // of the network trained on all rows, at that epoch
  tensor::Tensor fold_logits;  // [n, labels]: each film's, from the helper that did not see it
};

/// The helpers each leave out one part of the patients, and say after each epoch how well films
/// are told apart that were not trained on. The epoch at which they do best is the one from which
/// the weights of the network trained on all films are taken, and their logits are what calibration
/// and thresholds are chosen on. All networks take one epoch at a time, each on one thread, so the
/// bits do not depend on the number of threads.
class ClassifierFolds {
 public:
  /// `data` outlives it. Fails as ClassifierTrainer::create does, or with kInvalidArgument where
  /// there are fewer patients than folds.
  static Result<ClassifierFolds> create(const graph::ArchitectureSpec& spec,
                                        const ClassifierRecipe& recipe, const ClassifierData& data,
                                        ThreadPool& pool,
                                        const tensor::TensorFile* trained = nullptr);

  /// Goes on to the recipe's last epoch. `report` is told after each one, when the state is whole:
  /// the place for a checkpoint. Fails as `report` does.
  Status train(const std::function<Status(const ClassifierLogRow&)>& report);

  /// Of latents that none has seen: the mean of all networks' logits, [n, labels], after the last
  /// epoch.
  tensor::Tensor mean_logits(const tensor::Tensor& latents) const;

  const ChosenClassifier& chosen() const noexcept { return chosen_; }
  std::int64_t epoch() const noexcept { return epoch_; }

  /// Writes all that the run needs to go on into an empty folder, or takes it from there. Loading
  /// fails with kInvalidArgument where the checkpoint is another network's or other films'.
  Status save(const std::filesystem::path& folder) const;
  Status load(const std::filesystem::path& folder);

 private:
  ClassifierFolds(const ClassifierRecipe& recipe, const ClassifierData& data, ThreadPool& pool)
      : recipe_(recipe), data_(data), pool_(pool) {}
  void judge(const tensor::Tensor& logits, ClassifierLogRow& row) const;

  ClassifierRecipe recipe_;
  const ClassifierData& data_;
  ThreadPool& pool_;
  std::vector<std::vector<std::size_t>> held_out_;  // rows, one list a fold
  std::vector<ClassifierTrainer> trainers_;         // the final one first
  std::int64_t epoch_ = 0;
  ChosenClassifier chosen_;
};

}  // namespace veilray::train
