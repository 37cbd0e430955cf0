#pragma once
// The network that tells films from what a VQGAN makes of them, patch by patch.
#include <cstdint>
#include <vector>

#include "train/convert.h"
#include "train/vqgan_recipe.h"

namespace veilray::train {

/// What a discriminator thinks of images: high where it takes them for films.
struct Judgement {
  torch::Tensor logits;                 // [n, 1, h', w'], one for each patch
  std::vector<torch::Tensor> features;  // of each layer before, in the order of the layers
};

/// PatchGAN: 4 x 4 convolutions, `layers` of stride 2 and two of stride 1, leaky between them. Each
/// logit sees a square patch (70 x 70 pixels at three layers) and nothing of where it lies. There
/// is no norm: BatchNorm would tie the few crops of a batch to each other, and a film's verdict to
/// whether films or fakes came with it, and its running means would be state of their own. What it
/// gives, a bounded scale, the random beginning and the adaptive weight give here.
/// Source: Isola, Zhu, Zhou, Efros, arXiv 1611.07004, 3.2.2 and 6.1.2.
class PatchDiscriminator {
 public:
  /// Weights by He's rule (arXiv 1502.01852) from `seed`; convolutions compute in `compute`.
  PatchDiscriminator(const AdversaryRecipe& recipe, std::uint64_t seed, torch::Device device,
                     torch::Dtype compute);

  enum class Weights : std::uint8_t { kTrained, kConstant };  // whether gradients reach them
  /// Of [n, 3, h, w] in [-1, 1], h and w at least 3 * 2^layers. Everything in float32.
  Judgement judge(const torch::Tensor& images, Weights weights) const;

  Parameters& parameters() noexcept { return parameters_; }
  const Parameters& parameters() const noexcept { return parameters_; }

 private:
  std::int64_t layers_;
  torch::Dtype compute_;
  Parameters parameters_;
};

}  // namespace veilray::train
