#pragma once
// Trains one classifier on latents. (What needs libtorch stands in the .cpp.)
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/architectures/registry.h"
#include "graph/classifier_record.h"
#include "tensor/safetensors.h"
#include "train/classifier_data.h"
#include "train/classifier_recipe.h"

namespace veilray::train {

/// One epoch, as the means over its steps.
struct ClassifierEpoch {
  double learning_rate = 0.0;  // at its end
  double loss = 0.0;           // binary cross-entropy in nats, over films and labels
  double penalty = 0.0;
  double largest_input = 0.0;  // of an activation, in magnitude: the most
};

/// A training run on some rows of the examples: the network, its optimiser, how far it has come.
/// The same rows and seed give the same bits.
class ClassifierTrainer {
 public:
  /// `examples` outlives it. Begins with random weights, or with `trained`'s (Beginning). Fails as
  /// initial_weights does.
  static Result<ClassifierTrainer> create(const graph::ArchitectureSpec& spec,
                                          const ClassifierRecipe& recipe,
                                          const LabelledLatents& examples,
                                          std::vector<std::size_t> rows, std::uint64_t seed,
                                          const tensor::TensorFile* trained = nullptr);
  ~ClassifierTrainer();
  ClassifierTrainer(ClassifierTrainer&&) noexcept;
  ClassifierTrainer& operator=(ClassifierTrainer&&) noexcept;

  /// Goes through its rows once. Not beyond the recipe's epochs.
  ClassifierEpoch train_epoch();
  /// Logits [n, labels] of latents [n, C, S, S].
  tensor::Tensor logits(const tensor::Tensor& latents) const;
  tensor::TensorFile weights() const;

  /// What a checkpoint keeps beside the weights, and taking both from there. Fails with
  /// kInvalidArgument where they are another network's.
  std::string optimizer_state() const;
  Status restore(const tensor::TensorFile& weights, const std::string& optimizer_state,
                 std::int64_t epochs_done);

 private:
  struct State;
  explicit ClassifierTrainer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Keeps libtorch from starting threads of its own in threads that train.
void use_one_thread_each();

struct Evaluation {
  tensor::Tensor logits;  // [n, labels]
  std::vector<graph::ActivationRange> ranges;
};
/// A classifier's weights on latents [n, C, S, S]. Fails as graph::build does.
Result<Evaluation> evaluate_classifier(const graph::ArchitectureSpec& spec,
                                       const tensor::TensorFile& weights,
                                       const tensor::Tensor& latents);

/// Rows of those latents, `count` at most, whose activation inputs go farthest from 0, the farthest
/// first: what the compiler measures its ranges and its error on. Fails as graph::build does.
Result<std::vector<std::size_t>> farthest_rows(const graph::ArchitectureSpec& spec,
                                               const tensor::TensorFile& weights,
                                               const tensor::Tensor& latents, std::size_t count);

}  // namespace veilray::train
