#pragma once
// A classifier as a function that libtorch can differentiate.
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "graph/architectures/registry.h"
#include "graph/classifier_record.h"
#include "graph/graph.h"
#include "train/classifier_recipe.h"
#include "train/convert.h"

namespace veilray::train {

/// Its layers are those of the graph that the program runs, and its parameters carry the file's
/// names: what is trained here is what is run there.
class ClassifierNetwork {
 public:
  /// Fails as graph::build does.
  static Result<ClassifierNetwork> create(const graph::ArchitectureSpec& spec,
                                          const tensor::TensorFile& weights, torch::Device device);

  struct Training {
    double dropout = 0.0;    // of the values that enter the last linear layer
    double range = 0.0;      // of activation inputs, before they are penalised
    std::uint64_t seed = 0;  // of the dropout
  };
  struct Pass {
    torch::Tensor logits;   // [n, labels]
    torch::Tensor penalty;  // in training: mean squared excess over the range, summed over layers
    std::vector<graph::ActivationRange> ranges;  // of every activation's input
  };
  /// [n, C, S, S] through the network. With `training` BatchNorm takes the batch's statistics and
  /// follows them.
  Pass run(const torch::Tensor& latents, const std::optional<Training>& training) const;

  /// The optimiser's: each tensor once, though several names may share one.
  struct Trained {
    std::vector<torch::Tensor> weights, last_weights, biases, activations;
  };
  Trained trained() const;

  /// Everything in the weights file.
  const Parameters& parameters() const noexcept { return parameters_; }
  Parameters& parameters() noexcept { return parameters_; }

 private:
  explicit ClassifierNetwork(graph::Graph graph) : graph_(std::move(graph)) {}
  const torch::Tensor& at(const std::string& name) const { return parameters_.at(name); }

  graph::Graph graph_;
  Parameters parameters_;
};

/// Weights to begin with: convolutions and linear layers normal with deviation 1 / sqrt(fan in),
/// the first layer scaled down by the latents' deviation, norms at one and zero, activations as the
/// recipe says, the last bias at the labels' log-odds. Instead, all that `trained` has but the last
/// layer: of the same network for whatever labels, or of the one without attention. Fails as
/// graph::expected_tensors does, or with kInvalidArgument where `trained` is another network's.
struct Beginning {
  double latent_deviation = 1.0;
  std::vector<double> log_odds;  // one per label
  const tensor::TensorFile* trained = nullptr;
};
Result<tensor::TensorFile> initial_weights(const graph::ArchitectureSpec& spec,
                                           const ActivationRecipe& activation,
                                           const Beginning& beginning, std::uint64_t seed);

}  // namespace veilray::train
