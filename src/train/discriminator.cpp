#include "train/discriminator.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace veilray::train {
namespace {

constexpr std::int64_t kKernel = 4, kImageChannels = 3;
constexpr std::int64_t kWidest = 8;  // times the channels of the first layer
constexpr double kSlope = 0.2;       // below zero

/// Channels from layer to layer: the image's, the strided layers', one more, and the logit.
std::vector<std::int64_t> widths(const AdversaryRecipe& recipe) {
  std::vector<std::int64_t> channels = {kImageChannels};
  for (std::int64_t layer = 0; layer <= recipe.layers; ++layer) {
    channels.push_back(recipe.channels * std::min(std::int64_t{1} << layer, kWidest));
  }
  channels.push_back(1);
  return channels;
}

}  // namespace

PatchDiscriminator::PatchDiscriminator(const AdversaryRecipe& recipe, std::uint64_t seed,
                                       torch::Device device, torch::Dtype compute)
    : layers_(recipe.layers), compute_(compute) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto channels = widths(recipe);
  for (std::size_t layer = 0; layer + 1 < channels.size(); ++layer) {
    const auto in = channels[layer], out = channels[layer + 1];
    const double fan_in = static_cast<double>(in * kKernel * kKernel);
    const double bound = std::sqrt(6.0 / ((1.0 + kSlope * kSlope) * fan_in));
    const auto weight =
        torch::empty({out, in, kKernel, kKernel}).uniform_(-bound, bound, generator);
    const auto name = std::to_string(layer);
    parameters_.emplace(name + ".weight", weight.to(device).set_requires_grad(true));
    parameters_.emplace(name + ".bias", torch::zeros({out}).to(device).set_requires_grad(true));
  }
}

Judgement PatchDiscriminator::judge(const torch::Tensor& images, Weights weights) const {
  const auto parameter = [&](const std::string& name) {
    const auto& values = parameters_.at(name);
    return (weights == Weights::kConstant ? values.detach() : values).to(compute_);
  };
  Judgement judgement;
  auto x = images;
  for (std::int64_t layer = 0; layer < layers_ + 2; ++layer) {
    const auto name = std::to_string(layer);
    x = at::conv2d(x.to(compute_), parameter(name + ".weight"), parameter(name + ".bias"),
                   layer < layers_ ? 2 : 1, 1)
            .to(torch::kFloat32);
    if (layer == layers_ + 1) break;
    x = at::leaky_relu(x, kSlope);
    judgement.features.push_back(x);
  }
  judgement.logits = x;
  return judgement;
}

}  // namespace veilray::train
