#include "train/classifier_trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/optim/adamw.h>
#include <torch/serialize.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <sstream>

#include "train/classifier_network.h"
#include "train/films.h"
#include "train/latent_batch.h"

namespace veilray::train {
namespace {

constexpr std::uint64_t kWeightStream = 11, kOrderStream = 12, kBatchStream = 13, kDropStream = 14;
constexpr double kLowestRate = 0.01;    // of the highest, at the end
constexpr std::size_t kEvaluated = 64;  // films at a time

torch::Device device() { return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU; }

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

/// Scales all gradients down together where their common norm exceeds `most`.
void clip_gradients(const std::vector<torch::Tensor>& parameters, double most) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms;
  for (const auto& values : parameters) norms.push_back(values.grad().norm());
  const auto factor = (most / (at::stack(norms).norm() + 1e-6)).clamp_max(1.0);
  for (const auto& values : parameters) values.grad().mul_(factor);
}

tensor::Tensor run_all(const ClassifierNetwork& network, const tensor::Tensor& latents,
                       std::vector<graph::ActivationRange>* ranges) {
  const torch::NoGradGuard no_grad;
  tensor::Tensor logits{{latents.shape[0], 0}, {}};
  const auto count = static_cast<std::size_t>(latents.shape[0]);
  for (std::size_t from = 0; from < count; from += kEvaluated) {
    std::vector<std::size_t> rows(std::min(kEvaluated, count - from));
    std::iota(rows.begin(), rows.end(), from);
    const auto pass = network.run(to_torch(take_rows(latents, rows), device()), std::nullopt);
    const auto part = to_array(pass.logits);
    logits.shape[1] = part.shape[1];
    logits.data.insert(logits.data.end(), part.data.begin(), part.data.end());
    if (ranges == nullptr) continue;
    if (ranges->empty()) *ranges = pass.ranges;
    for (std::size_t i = 0; i < ranges->size(); ++i) {
      (*ranges)[i].min = std::min((*ranges)[i].min, pass.ranges[i].min);
      (*ranges)[i].max = std::max((*ranges)[i].max, pass.ranges[i].max);
    }
  }
  return logits;
}

}  // namespace

struct ClassifierTrainer::State {
  State(ClassifierNetwork made, const ClassifierRecipe& what, const LabelledLatents& of,
        std::vector<std::size_t> on, std::uint64_t drawn)
      : network(std::move(made)), recipe(what), examples(of), rows(std::move(on)), seed(drawn) {
    const auto trained = network.trained();
    for (const auto& tensors : {trained.weights, trained.biases, trained.activations}) {
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
        std::vector{group(trained.weights, recipe.weight_decay), group(trained.biases, 0.0),
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
    const double warm = (static_cast<double>(step) + 1.0) / (recipe.warmup_epochs * steps);
    const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(1.0, done)));
    return recipe.learning_rate * (recipe.warmup_epochs > 0.0 ? std::min(1.0, warm) : 1.0) *
           (kLowestRate + (1.0 - kLowestRate) * cosine);
  }
  void set_learning_rate(double rate) {
    auto& groups = optimizer->param_groups();
    for (auto& group : groups) group.options().set_lr(rate);
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
  const auto pass = network.run(to_torch(batch.latents, device()),
                                ClassifierNetwork::Training{recipe.dropout, recipe.activation.range,
                                                            step_seed(seed, kDropStream, now)});
  const auto entropy = cross_entropy(pass.logits, to_torch(batch.targets, device()));
  (entropy + recipe.activation.penalty * pass.penalty).backward();
  clip_gradients(all, recipe.gradient_clip);
  optimizer->step();
  ++step;
  ClassifierEpoch told{rate, entropy.item<double>(), pass.penalty.item<double>()};
  for (const auto& range : pass.ranges) {
    told.largest_input = std::max({told.largest_input, std::abs(range.min), std::abs(range.max)});
  }
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
                                                    std::uint64_t seed) {
  const Beginning beginning{deviation(examples.copies.front()), log_odds(examples.targets, rows)};
  VEILRAY_TRY(weights, initial_weights(spec, recipe.activation, beginning,
                                       step_seed(seed, kWeightStream, 0)));
  VEILRAY_TRY(network, ClassifierNetwork::create(spec, weights, device()));
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

tensor::Tensor ClassifierTrainer::logits(const std::vector<std::size_t>& rows) const {
  return run_all(state_->network, take_rows(state_->examples.copies.front(), rows), nullptr);
}

tensor::TensorFile ClassifierTrainer::weights() const {
  return to_file(state_->network.parameters());
}

std::string ClassifierTrainer::optimizer_state() const {
  std::ostringstream stream;
  torch::save(*state_->optimizer, stream);
  return stream.str();
}

Status ClassifierTrainer::restore(const tensor::TensorFile& weights,
                                  const std::string& optimizer_state, std::int64_t epochs_done) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, values] : state_->network.parameters()) {
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.shape != values.sizes().vec()) {
      return Failure{ErrorCode::kInvalidArgument, "the checkpoint is another network's", name,
                     "give the config that it was made with, or --force to begin anew"};
    }
    values.copy_(to_torch(found->second, values.device()));
  }
  std::istringstream stream(optimizer_state);
  torch::load(*state_->optimizer, stream);
  state_->epoch = epochs_done;
  state_->step = epochs_done * static_cast<std::int64_t>(state_->steps_per_epoch());
  return Done{};
}

void use_one_thread_each() { at::set_num_threads(1); }

Result<Evaluation> evaluate_classifier(const graph::ArchitectureSpec& spec,
                                       const tensor::TensorFile& weights,
                                       const tensor::Tensor& latents) {
  VEILRAY_TRY(network, ClassifierNetwork::create(spec, weights, device()));
  Evaluation evaluation;
  evaluation.logits = run_all(network, latents, &evaluation.ranges);
  return evaluation;
}

}  // namespace veilray::train
