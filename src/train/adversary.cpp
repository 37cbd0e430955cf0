#include "train/adversary.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "train/films.h"

namespace veilray::train {
namespace {

using Weights = PatchDiscriminator::Weights;

constexpr std::uint64_t kDiscriminatorStream = 3;
constexpr double kTinyGradient = 1e-4, kLargestWeight = 1e4, kTinyFeature = 1e-6;

std::vector<torch::Tensor> values_of(const Parameters& parameters) {
  std::vector<torch::Tensor> values;
  for (const auto& [_, of] : parameters) values.push_back(of);
  return values;
}

}  // namespace

torch::Tensor hinge_loss(const torch::Tensor& film_logits, const torch::Tensor& made_logits) {
  return 0.5 * (at::relu(1.0 - film_logits).mean() + at::relu(1.0 + made_logits).mean());
}

torch::Tensor feature_distance(const std::vector<torch::Tensor>& film,
                               const std::vector<torch::Tensor>& made) {
  std::vector<torch::Tensor> shares;
  for (std::size_t i = 0; i < film.size(); ++i) {
    shares.push_back((made[i] - film[i]).abs().mean() /
                     film[i].abs().mean().clamp_min(kTinyFeature));
  }
  return at::stack(shares).mean();
}

double adaptive_weight(const torch::Tensor& reconstruction, const torch::Tensor& adversarial,
                       const torch::Tensor& last_layer) {
  const auto pull = [&](const torch::Tensor& loss) {
    return torch::autograd::grad({loss}, {last_layer}, {}, true).front().norm().item<double>();
  };
  return std::min(pull(reconstruction) / (pull(adversarial) + kTinyGradient), kLargestWeight);
}

Adversary::Adversary(const VqganRecipe& recipe, torch::Device device)
    : weight_(recipe.adversary->weight),
      features_(recipe.loss.features),
      discriminator_(*recipe.adversary, step_seed(recipe.seed, kDiscriminatorStream, 0), device,
                     recipe.bfloat16 ? torch::kBFloat16 : torch::kFloat32),
      optimizer_(values_of(discriminator_.parameters()),
                 torch::optim::AdamOptions(recipe.adversary->learning_rate).betas({0.5, 0.9})) {}

Adversary::Pull Adversary::pull(const torch::Tensor& images, const torch::Tensor& made,
                                const torch::Tensor& reconstruction,
                                const torch::Tensor& last_layer) const {
  const auto of_films = discriminator_.judge(images, Weights::kConstant);
  const auto of_made = discriminator_.judge(made, Weights::kConstant);
  const auto distance = feature_distance(of_films.features, of_made.features);
  const auto adversarial = -of_made.logits.mean();
  const auto near = reconstruction + features_ * distance;
  const double weight = weight_ * adaptive_weight(near, adversarial, last_layer);
  return {near + weight * adversarial,
          {.adversarial = adversarial.item<double>(),
           .features = distance.item<double>(),
           .weight = weight,
           .discriminator = 0.0}};
}

double Adversary::learn(const torch::Tensor& images, const torch::Tensor& made,
                        double learning_rate) {
  for (auto& group : optimizer_.param_groups()) group.options().set_lr(learning_rate);
  optimizer_.zero_grad();
  const auto loss = hinge_loss(discriminator_.judge(images, Weights::kTrained).logits,
                               discriminator_.judge(made.detach(), Weights::kTrained).logits);
  loss.backward();
  optimizer_.step();
  return loss.item<double>();
}

}  // namespace veilray::train
