#pragma once
// What a VQGAN trains against: a discriminator that learns beside it, and the terms of the loss
// that come of it.
#include <torch/optim/adam.h>

#include <cstdint>

#include "train/discriminator.h"
#include "train/vqgan_log.h"
#include "train/vqgan_recipe.h"

namespace veilray::train {

/// The discriminator's loss: half the mean of max(0, 1 - logit) over films and half that of
/// max(0, 1 + logit) over what was made. Source: Lim, Ye, arXiv 1705.02894.
torch::Tensor hinge_loss(const torch::Tensor& film_logits, const torch::Tensor& made_logits);

/// How far apart a discriminator sees two batches of images: the mean absolute difference of each
/// layer's features, as a share of their mean magnitude for films, averaged over layers. (A share,
/// so that a discriminator whose features grow does not change what the term weighs.) It stands in
/// for a perceptual loss, which needs a network trained on other pictures.
/// Source: Wang et al., arXiv 1711.11585, 3.2.
torch::Tensor feature_distance(const std::vector<torch::Tensor>& film,
                               const std::vector<torch::Tensor>& made);

/// |d reconstruction / d last_layer| / (|d adversarial / d last_layer| + 1e-4), at most 1e4: what
/// makes both terms pull equally hard on the decoder's last layer. Keeps the graphs of both.
/// Source: Esser, Rombach, Ommer, arXiv 2012.09841, equation 7.
double adaptive_weight(const torch::Tensor& reconstruction, const torch::Tensor& adversarial,
                       const torch::Tensor& last_layer);

/// A discriminator and its optimiser.
class Adversary {
 public:
  /// The recipe has an adversary.
  Adversary(const VqganRecipe& recipe, torch::Device device);

  struct Pull {
    torch::Tensor loss;    // reconstruction, features and the adversarial term, weighted
    AdversaryTerms terms;  // but for the discriminator's own loss
  };
  /// What the network is to lower instead of `reconstruction`, which came of `made` and `images`,
  /// both [n, 3, h, w]. `last_layer`: the weights that gave `made`. The discriminator is a constant
  /// of it.
  Pull pull(const torch::Tensor& images, const torch::Tensor& made,
            const torch::Tensor& reconstruction, const torch::Tensor& last_layer) const;

  /// One step of the discriminator, at that learning rate; gives its loss before.
  double learn(const torch::Tensor& images, const torch::Tensor& made, double learning_rate);

  /// What a checkpoint keeps.
  Parameters& parameters() noexcept { return discriminator_.parameters(); }
  const Parameters& parameters() const noexcept { return discriminator_.parameters(); }
  torch::optim::Adam& optimizer() noexcept { return optimizer_; }
  const torch::optim::Adam& optimizer() const noexcept { return optimizer_; }

 private:
  double weight_, features_;
  PatchDiscriminator discriminator_;
  torch::optim::Adam optimizer_;
};

}  // namespace veilray::train
