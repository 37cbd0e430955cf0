#include "train/classifier_trainer.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>  // clip_grad.h uses its Tensor and does not include it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "graph/ranges.h"
#include "train/checkpoint.h"
#include "train/classifier_network.h"
#include "train/device.h"
#include "train/films.h"
#include "train/latent_batch.h"
#include "train/learning_rate.h"

namespace veilray::train {
namespace {

constexpr std::uint64_t kWeightStream = 11, kOrderStream = 12, kBatchStream = 13, kDropStream = 14;
/// Of all films that are evaluated together: of large pictures only few, since what the first
/// layers make of them would take gigabytes.
constexpr std::size_t kEvaluatedValues = std::size_t{64} * 4 * 32 * 32;

double deviation(const tensor::Tensor& values) {
  double sum = 0.0, square = 0.0;
  for (const double value : values.data) sum += value, square += value * value;
  const auto count = static_cast<double>(values.data.size());
  return std::sqrt(std::max(0.0, square / count - sum / count * (sum / count)));
}

/// Of the targets in these rows, kept away from the infinite.
std::vector<double> log_odds(const tensor::Tensor& targets, const std::vector<std::size_t>& rows) {
  const auto labels = static_cast<std::size_t>(targets.shape[1]);
  std::vector<double> odds;
  for (std::size_t label = 0; label < labels; ++label) {
    double present = 0.5, known = 1.0;
    for (const auto row : rows) {
      const float target = targets.data[row * labels + label];
      if (target < 0.0F) continue;
      present += target;
      known += 1.0;
    }
    odds.push_back(std::log(present / (known - present)));
  }
  return odds;
}

/// Mean binary cross-entropy over what is known; targets may be anything in [0, 1].
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  const auto known = (targets >= 0.0).to(torch::kFloat32);
  const auto terms = at::relu(logits) - logits * targets + (1.0 + (-logits.abs()).exp()).log();
  return (terms * known).sum() / known.sum().clamp_min(1.0);
}

double farthest(const std::vector<graph::ActivationRange>& ranges) {
  double most = 0.0;
  for (const auto& range : ranges) {
    most = std::max({most, std::abs(range.min), std::abs(range.max)});
  }
  return most;
}

tensor::Tensor run_all(const ClassifierNetwork& network, const tensor::Tensor& latents,
                       std::vector<graph::ActivationRange>* ranges) {
  const torch::NoGradGuard no_grad;
  tensor::Tensor logits{{latents.shape[0], 0}, {}};
  const auto count = static_cast<std::size_t>(latents.shape[0]);
  const std::size_t each = latents.data.size() / std::max<std::size_t>(count, 1);
  const std::size_t together =
      std::max<std::size_t>(kEvaluatedValues / std::max<std::size_t>(each, 1), 1);
  for (std::size_t from = 0; from < count; from += together) {
    std::vector<std::size_t> rows(std::min(together, count - from));
    std::iota(rows.begin(), rows.end(), from);
    const auto pass =
        network.run(to_torch(take_rows(latents, rows), training_device()), std::nullopt);
    const auto part = to_array(pass.logits);
    logits.shape[1] = part.shape[1];
    logits.data.insert(logits.data.end(), part.data.begin(), part.data.end());
    if (ranges != nullptr) graph::widen(*ranges, pass.ranges);
  }
  return logits;
}

}  // namespace

struct ClassifierTrainer::State {
  State(ClassifierNetwork made, const ClassifierRecipe& what, const LabelledLatents& of,
        std::vector<std::size_t> on, std::uint64_t drawn)
      : network(std::move(made)), recipe(what), examples(of), rows(std::move(on)), seed(drawn) {
    const auto trained = network.trained();
    for (const auto& tensors :
         {trained.weights, trained.last_weights, trained.biases, trained.activations}) {
      for (const auto& values : tensors) {
        values.set_requires_grad(true);
        all.push_back(values);
      }
    }
    const auto group = [&](const std::vector<torch::Tensor>& tensors, double decay) {
      return torch::optim::OptimizerParamGroup(
          tensors, std::make_unique<torch::optim::AdamWOptions>(
                       torch::optim::AdamWOptions(recipe.learning_rate).weight_decay(decay)));
    };
    optimizer = std::make_unique<torch::optim::AdamW>(
        std::vector{group(trained.weights, recipe.weight_decay),
                    group(trained.last_weights, recipe.weight_decay), group(trained.biases, 0.0),
                    group(trained.activations, 0.0)},
        torch::optim::AdamWOptions(recipe.learning_rate));
  }

  std::size_t steps_per_epoch() const {
    const auto batch = static_cast<std::size_t>(recipe.batch);
    return (rows.size() + batch - 1) / batch;
  }
  double learning_rate() const {
    const auto steps = static_cast<double>(steps_per_epoch());
    const double done = static_cast<double>(step) / (steps * static_cast<double>(recipe.epochs));
    const double warm = recipe.warmup_epochs > 0.0
                            ? (static_cast<double>(step) + 1.0) / (recipe.warmup_epochs * steps)
                            : 1.0;
    return train::learning_rate(recipe.learning_rate, warm, done);
  }
  void set_learning_rate(double rate) {
    auto& groups = optimizer->param_groups();
    for (auto& group : groups) group.options().set_lr(rate);
    groups[1].options().set_lr(rate * recipe.last_layer_rate_factor);
    groups.back().options().set_lr(rate * recipe.activation.rate_factor);
  }
  ClassifierEpoch take_step(const std::vector<std::size_t>& batch_rows);

  ClassifierNetwork network;
  ClassifierRecipe recipe;
  const LabelledLatents& examples;
  std::vector<std::size_t> rows;
  std::uint64_t seed;
  std::vector<torch::Tensor> all;
  std::unique_ptr<torch::optim::AdamW> optimizer;
  std::int64_t epoch = 0, step = 0;
};

ClassifierEpoch ClassifierTrainer::State::take_step(const std::vector<std::size_t>& batch_rows) {
  const auto now = static_cast<std::uint64_t>(step);
  const double rate = learning_rate();
  set_learning_rate(rate);
  const auto batch = draw_batch(examples, batch_rows, {recipe.latent_shift, recipe.mixup},
                                step_seed(seed, kBatchStream, now));
  optimizer->zero_grad();
  const auto pass = network.run(to_torch(batch.latents, training_device()),
                                ClassifierNetwork::Training{recipe.dropout, recipe.activation.range,
                                                            step_seed(seed, kDropStream, now)});
  const auto entropy = cross_entropy(pass.logits, to_torch(batch.targets, training_device()));
  (entropy + recipe.activation.penalty * pass.penalty).backward();
  torch::nn::utils::clip_grad_norm_(all, recipe.gradient_clip);
  optimizer->step();
  ++step;
  ClassifierEpoch told{rate, entropy.item<double>(), pass.penalty.item<double>()};
  told.largest_input = farthest(pass.ranges);
  return told;
}

ClassifierTrainer::ClassifierTrainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClassifierTrainer::~ClassifierTrainer() = default;
ClassifierTrainer::ClassifierTrainer(ClassifierTrainer&&) noexcept = default;
ClassifierTrainer& ClassifierTrainer::operator=(ClassifierTrainer&&) noexcept = default;

Result<ClassifierTrainer> ClassifierTrainer::create(const graph::ArchitectureSpec& spec,
                                                    const ClassifierRecipe& recipe,
                                                    const LabelledLatents& examples,
                                                    std::vector<std::size_t> rows,
                                                    std::uint64_t seed,
                                                    const tensor::TensorFile* trained) {
  const Beginning beginning{deviation(examples.copies.front()), log_odds(examples.targets, rows),
                            trained};
  VEILRAY_TRY(weights, initial_weights(spec, recipe.activation, beginning,
                                       step_seed(seed, kWeightStream, 0)));
  VEILRAY_TRY(network, ClassifierNetwork::create(spec, weights, training_device()));
  return ClassifierTrainer(
      std::make_unique<State>(std::move(network), recipe, examples, std::move(rows), seed));
}

ClassifierEpoch ClassifierTrainer::train_epoch() {
  auto& state = *state_;
  const auto order = step_seed(state.seed, kOrderStream, static_cast<std::uint64_t>(state.epoch));
  const auto batches = draw_epoch(state.rows, static_cast<std::size_t>(state.recipe.batch), order);
  ClassifierEpoch sum;
  for (const auto& rows : batches) {
    const auto told = state.take_step(rows);
    sum.learning_rate = told.learning_rate;
    sum.loss += told.loss / static_cast<double>(batches.size());
    sum.penalty += told.penalty / static_cast<double>(batches.size());
    sum.largest_input = std::max(sum.largest_input, told.largest_input);
  }
  ++state.epoch;
  return sum;
}

tensor::Tensor ClassifierTrainer::logits(const tensor::Tensor& latents) const {
  return run_all(state_->network, latents, nullptr);
}

tensor::TensorFile ClassifierTrainer::weights() const {
  return to_file(state_->network.parameters());
}

std::string ClassifierTrainer::optimizer_state() const {
  return optimizer_bytes(*state_->optimizer);
}

Status ClassifierTrainer::restore(const tensor::TensorFile& weights,
                                  const std::string& optimizer_state, std::int64_t epochs_done) {
  VEILRAY_CHECK_OK(take_values(weights, "", state_->network.parameters()));
  VEILRAY_CHECK_OK(take_optimizer(optimizer_state, *state_->optimizer));
  state_->epoch = epochs_done;
  state_->step = epochs_done * static_cast<std::int64_t>(state_->steps_per_epoch());
  return Done{};
}

void use_one_thread_each() { use_threads(1); }

Result<Evaluation> evaluate_classifier(const graph::ArchitectureSpec& spec,
                                       const tensor::TensorFile& weights,
                                       const tensor::Tensor& latents) {
  VEILRAY_TRY(network, ClassifierNetwork::create(spec, weights, training_device()));
  Evaluation evaluation;
  evaluation.logits = run_all(network, latents, &evaluation.ranges);
  return evaluation;
}

Result<std::vector<std::size_t>> farthest_rows(const graph::ArchitectureSpec& spec,
                                               const tensor::TensorFile& weights,
                                               const tensor::Tensor& latents, std::size_t count) {
  VEILRAY_TRY(network, ClassifierNetwork::create(spec, weights, training_device()));
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t row = 0; row < static_cast<std::size_t>(latents.shape[0]); ++row) {
    std::vector<graph::ActivationRange> ranges;
    run_all(network, take_rows(latents, std::array{row}), &ranges);
    order.emplace_back(-farthest(ranges), row);
  }
  std::ranges::sort(order);
  order.resize(std::min(order.size(), count));
  std::vector<std::size_t> rows;
  for (const auto& [_, row] : order) rows.push_back(row);
  return rows;
}

}  // namespace veilray::train
