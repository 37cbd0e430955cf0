#include "train/vqgan_trainer.h"

#include <ATen/ATen.h>
#include <torch/nn/utils/clip_grad.h>

#include <algorithm>
#include <chrono>

#include "train/films.h"
#include "train/learning_rate.h"

namespace veilray::train {
namespace {

constexpr std::uint64_t kCropStream = 1, kCodeStream = 2;
constexpr const char* kLastLayer = "decoder.conv_out.weight";

torch::Dtype compute_type(const VqganRecipe& recipe) {
  return recipe.bfloat16 ? torch::kBFloat16 : torch::kFloat32;
}

torch::Tensor neighbour_differences(const torch::Tensor& x, std::int64_t axis) {
  return x.slice(axis, 1) - x.slice(axis, 0, -1);
}

}  // namespace

VqganTrainer::VqganTrainer(const VqganRecipe& recipe, torch::Device device)
    : recipe_(recipe),
      device_(device),
      network_(recipe.network, recipe.seed, device, compute_type(recipe)),
      averaged_(recipe.network, recipe.seed, device, torch::kFloat32),
      codebook_(network_.at(kCodes)),
      optimizer_({network_.values().set_requires_grad(true)},
                 torch::optim::AdamOptions(recipe.learning_rate).betas({0.9, 0.99})) {
  if (recipe.adversary) adversary_.emplace(recipe, device);
}

double VqganTrainer::progress() const noexcept {
  const double steps = static_cast<double>(step_) / static_cast<double>(recipe_.steps);
  const double time = recipe_.minutes > 0.0 ? minutes_ / recipe_.minutes : 0.0;
  return std::min(1.0, std::max(steps, time));
}

double VqganTrainer::learning_rate() const {
  const double warm = recipe_.warmup_steps > 0 ? static_cast<double>(step_ + 1) /
                                                     static_cast<double>(recipe_.warmup_steps)
                                               : 1.0;
  return train::learning_rate(recipe_.learning_rate, warm, progress());
}

torch::Tensor VqganTrainer::reconstruction_loss(const torch::Tensor& made,
                                                const torch::Tensor& images) const {
  const auto error = made - images;
  auto loss = recipe_.loss.l1 * error.abs().mean() + recipe_.loss.l2 * error.square().mean();
  if (recipe_.loss.gradients > 0.0) {
    for (const std::int64_t axis : {2, 3}) {
      loss = loss + recipe_.loss.gradients * neighbour_differences(error, axis).abs().mean();
    }
  }
  return loss;
}

bool VqganTrainer::has_opponent() const {
  return adversary_ && step_ >= recipe_.adversary->start_step;
}

VqganTrainer::Loss VqganTrainer::loss(const torch::Tensor& made, const torch::Tensor& images,
                                      const torch::Tensor& commitment) const {
  auto total = reconstruction_loss(made, images);
  VqganTerms terms;
  terms.reconstruction = total.item<double>();
  terms.commitment = commitment.item<double>();
  if (has_opponent()) {
    auto pull = adversary_->pull(images, made, total, network_.at(kLastLayer));
    total = pull.loss;
    terms.adversary = pull.terms;
  }
  total = total + recipe_.loss.commitment * commitment;
  terms.loss = total.item<double>();
  return {total, terms};
}

VqganTerms VqganTrainer::take_step(const torch::Tensor& images) {
  for (auto& group : optimizer_.param_groups()) group.options().set_lr(learning_rate());
  optimizer_.zero_grad();
  network_.track();
  const auto vectors = network_.before_codes(network_.encode(images));
  const auto step = static_cast<std::uint64_t>(step_);
  if (step_ == 0 && !codebook_.placed()) {
    codebook_.follow(vectors, torch::Tensor(), step_seed(recipe_.seed, kCodeStream, step));
  }
  const auto quantized = codebook_.quantize(vectors);
  const auto made = network_.decode(quantized.codes);
  auto [total, terms] = loss(made, images, quantized.commitment);
  total.backward();
  torch::nn::utils::clip_grad_norm_(network_.values(), recipe_.gradient_clip);
  optimizer_.step();
  codebook_.follow(vectors, quantized.indices, step_seed(recipe_.seed, kCodeStream, step));
  if (has_opponent()) {
    const double rate = train::learning_rate(recipe_.adversary->learning_rate, 1.0, progress());
    terms.adversary->discriminator = adversary_->learn(images, made, rate);
  }
  ++step_;
  average();
  return terms;
}

void VqganTrainer::average() {
  const torch::NoGradGuard no_grad;
  // Young averages follow faster, or the random beginning would linger.
  const double decay = std::min(recipe_.weight_average,
                                static_cast<double>(step_) / static_cast<double>(step_ + 10));
  averaged_.values().lerp_(network_.values(), 1.0 - decay);
  averaged_.parameters().at(kCodes).lerp_(network_.at(kCodes), 1.0 - decay);
}

Status VqganTrainer::train(const torch::Tensor& pixels, const torch::Tensor& validation,
                           const std::function<Status(const VqganLogRow&)>& report,
                           const std::function<void()>& tick) {
  using Clock = std::chrono::steady_clock;
  MeanTerms terms;
  while (progress() < 1.0) {
    const auto start = Clock::now();
    const auto seed = step_seed(recipe_.seed, kCropStream, static_cast<std::uint64_t>(step_));
    terms.add(take_step(draw_crops(pixels, recipe_.batch, recipe_.crop, seed, device_)));
    minutes_ += std::chrono::duration<double, std::ratio<60>>(Clock::now() - start).count();
    tick();
    const bool last = progress() >= 1.0;
    if (step_ % recipe_.validate_every != 0 && !last) continue;
    const auto films = last ? validation.size(0) : recipe_.validation_films;
    VEILRAY_CHECK_OK(
        report({step_, minutes_, learning_rate(), terms.mean(), validate(validation, films)}));
    terms = {};
  }
  return Done{};
}

}  // namespace veilray::train
