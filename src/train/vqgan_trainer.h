#pragma once
// Trains a VQGAN on films in memory.
#include <torch/optim/adam.h>

#include <filesystem>
#include <functional>
#include <optional>

#include "train/adversary.h"
#include "train/codebook.h"
#include "train/vqgan_log.h"
#include "train/vqgan_network.h"
#include "train/vqgan_recipe.h"

namespace veilray::train {

/// A training run: the network, its average, its optimiser, what it trains against, and how far it
/// has come.
class VqganTrainer {
 public:
  VqganTrainer(const VqganRecipe& recipe, torch::Device device);

  /// Begins with a file's weights, where names and shapes agree, instead of random ones; only
  /// before the first step. Another factor's share most of their levels. Fails with
  /// kInvalidArgument if fewer than half of the tensors agree.
  Status begin_with(const tensor::TensorFile& weights);

  /// Goes on until the recipe's end. `pixels` as FilmSet's; `report` is told after each validation,
  /// when the state is whole: the place for a checkpoint. `tick` is told after each step. Fails as
  /// `report` does.
  Status train(const torch::Tensor& pixels, const torch::Tensor& validation,
               const std::function<Status(const VqganLogRow&)>& report,
               const std::function<void()>& tick);

  /// Of the averaged weights, on the first `films` of `pixels`.
  VqganQuality validate(const torch::Tensor& pixels, std::int64_t films) const;
  /// What the averaged network makes of films, [n, 3, 256, 256] to the same.
  torch::Tensor reconstruct(const torch::Tensor& films) const;

  /// The averaged weights, as the program's encoder and decoder read them.
  tensor::TensorFile weights() const;

  /// The share of the training that is done, in [0, 1]: by steps or by time, whichever is further.
  double progress() const noexcept;
  std::int64_t step() const noexcept { return step_; }
  double minutes() const noexcept { return minutes_; }

  /// Writes all that the run needs to go on into an empty folder, or takes it from there. Loading
  /// fails with kInvalidArgument where the checkpoint is another network's, or only one of the two
  /// has an adversary.
  Status save(const std::filesystem::path& folder) const;
  Status load(const std::filesystem::path& folder);

 private:
  VqganTerms take_step(const torch::Tensor& images);
  /// The averaged weights follow the network's.
  void average();
  torch::Tensor reconstruction_loss(const torch::Tensor& made, const torch::Tensor& images) const;
  struct Loss {
    torch::Tensor total;
    VqganTerms terms;  // without the discriminator's own
  };
  Loss loss(const torch::Tensor& made, const torch::Tensor& images,
            const torch::Tensor& commitment) const;
  /// Whether the adversary takes part in the step that comes.
  bool has_opponent() const;
  double learning_rate() const;

  VqganRecipe recipe_;
  torch::Device device_;
  VqganNetwork network_, averaged_;
  Codebook codebook_;
  torch::optim::Adam optimizer_;
  std::optional<Adversary> adversary_;
  std::int64_t step_ = 0;
  double minutes_ = 0.0;
};

}  // namespace veilray::train
