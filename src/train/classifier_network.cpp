#include "train/classifier_network.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "graph/architectures/tensor_list.h"
#include "train/classifier_trainer.h"
#include "train/quadratic.h"

namespace veilray::train {
namespace {

using graph::Node;

constexpr double kNormMomentum = 0.1;

bool is_scalar_of_activation(const std::string& name) {
  return name.ends_with(".alpha") || name.ends_with(".beta") || name.ends_with(".c");
}

bool is_statistic(const std::string& name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

/// "relu3.alpha" to "alpha" where one activation goes by many names.
std::string tensor_behind(const std::string& architecture, const std::string& name) {
  if (!graph::shares_activation(architecture) || !name.starts_with("relu")) return name;
  return name.substr(name.find('.') + 1);
}

/// The cubic that stands for the sigmoid, as published: alpha x^3 + beta x + c.
constexpr std::array<double, 3> kSigmoidStart = {-1e-5, 0.12, 0.5};
/// Of CBAM's mean of squares, as published.
constexpr double kMeanSquareStart = 1e-3;

/// One walk through the graph.
class Walk {
 public:
  using Training = ClassifierNetwork::Training;

  Walk(const Parameters& parameters, const std::string& last_layer,
       const std::optional<Training>& training)
      : parameters_(parameters), last_layer_(last_layer), training_(training) {}

  torch::Tensor apply(const Node& node, const std::vector<torch::Tensor>& inputs) {
    if (std::holds_alternative<graph::Add>(node.op)) return inputs.at(0) + inputs.at(1);
    if (std::holds_alternative<graph::ChannelGate>(node.op)) {
      return inputs.at(0) * inputs.at(1).unsqueeze(2).unsqueeze(3);
    }
    return std::visit([&](const auto& op) { return run(node, op, inputs.at(0)); }, node.op);
  }

  ClassifierNetwork::Pass take(torch::Tensor logits) && {
    return {std::move(logits), std::move(penalty_), std::move(ranges_)};
  }

 private:
  const torch::Tensor& at(const std::string& name) const { return parameters_.at(name); }
  const torch::Tensor& of(const Node& node, const char* part) const {
    return at(node.tensors() + part);
  }
  torch::Tensor bias(const Node& node) const {
    const auto found = parameters_.find(node.tensors() + ".bias");
    return found == parameters_.end() ? torch::Tensor() : found->second;
  }

  /// The input is there before the walk, sums and gates read two values.
  template <class Other>
  torch::Tensor run(const Node&, const Other&, const torch::Tensor& x) {
    return x;
  }

  torch::Tensor run(const Node& node, const graph::Conv2d& op, const torch::Tensor& x) {
    const auto [top, left, bottom, right] = op.padding;
    const bool even = top == bottom && left == right;
    const auto padded = even ? x : at::constant_pad_nd(x, {left, right, top, bottom});
    const std::vector<std::int64_t> padding =
        even ? std::vector{top, left} : std::vector<std::int64_t>{0, 0};
    return at::conv2d(padded, of(node, ".weight"), bias(node), op.stride, padding, 1, op.groups);
  }

  torch::Tensor run(const Node& node, const graph::BatchNorm& op, const torch::Tensor& x) {
    return at::batch_norm(x, of(node, ".weight"), of(node, ".bias"), of(node, ".running_mean"),
                          of(node, ".running_var"), training_.has_value(), kNormMomentum,
                          op.epsilon, false);
  }

  /// Notes what entered an activation.
  torch::Tensor note(const Node& node, Activated activated) {
    ranges_.push_back({node.name, activated.least, activated.most});
    penalty_ = penalty_.defined() ? penalty_ + activated.excess : activated.excess;
    return std::move(activated.values);
  }

  /// alpha x^3 + beta x + c, alpha x^2 + beta x + c, or alpha x^2.
  torch::Tensor run(const Node& node, const graph::Polynomial& op, const torch::Tensor& x) {
    const double range = training_ ? training_->range : std::numeric_limits<double>::infinity();
    const auto& alpha = of(node, ".alpha");
    if (!parameters_.contains(node.tensors() + ".beta")) {
      return note(node, activated(alpha * x * x, x, range));
    }
    const auto &beta = of(node, ".beta"), &c = of(node, ".c");
    if (op.coefficients.size() == 4) {
      return note(node, activated((alpha * x * x + beta) * x + c, x, range));
    }
    return note(node, quadratic(x, alpha, beta, c, range));
  }

  torch::Tensor run(const Node&, const graph::AveragePool& op, const torch::Tensor& x) {
    return at::avg_pool2d(x, op.kernel, op.stride);
  }

  torch::Tensor run(const Node&, const graph::SumPool& op, const torch::Tensor& x) {
    return at::avg_pool2d(x, op.kernel, op.stride) * static_cast<double>(op.kernel * op.kernel);
  }

  torch::Tensor run(const Node&, const graph::Flatten&, const torch::Tensor& x) {
    return x.flatten(1);
  }

  torch::Tensor run(const Node& node, const graph::Linear&, const torch::Tensor& x) {
    const auto kept = node.name == last_layer_ ? drop(x) : x;
    return at::linear(kept, of(node, ".weight"), bias(node));
  }

  /// Dropout of a seed of its own: at::dropout would draw from a generator that threads share.
  torch::Tensor drop(const torch::Tensor& x) const {
    if (!training_ || training_->dropout == 0.0) return x;
    auto generator = at::make_generator<at::CPUGeneratorImpl>(training_->seed);
    const double kept = 1.0 - training_->dropout;
    auto mask = torch::empty(x.sizes(), torch::kFloat32);
    mask.bernoulli_(kept, generator);
    return x * (mask / kept).to(x.device());
  }

  const Parameters& parameters_;
  const std::string& last_layer_;
  const std::optional<Training>& training_;
  torch::Tensor penalty_;
  std::vector<graph::ActivationRange> ranges_;
};

Status take_over(tensor::TensorFile& weights, const tensor::TensorFile& trained,
                 const std::string& last_layer) {
  for (const auto& [name, values] : trained.tensors) {
    if (name.starts_with(last_layer + ".") || name.ends_with("num_batches_tracked")) continue;
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.shape != values.shape)
      return Failure{ErrorCode::kInvalidArgument, "the weights to begin with are another network's",
                     name, "give those of the same architecture, on latents of the same factor"};
    found->second = values;
  }
  return Done{};
}

}  // namespace

Result<ClassifierNetwork> ClassifierNetwork::create(const graph::ArchitectureSpec& spec,
                                                    const tensor::TensorFile& weights,
                                                    torch::Device device) {
  VEILRAY_TRY(built, graph::build(spec, weights));
  ClassifierNetwork network(std::move(built));
  std::map<std::string, torch::Tensor> behind;
  for (const auto& [name, array] : weights.tensors) {
    if (name.ends_with(".num_batches_tracked")) continue;
    auto& values = behind[tensor_behind(spec.name, name)];
    if (!values.defined()) values = to_torch(array, device);
    network.parameters_.emplace(name, values);
  }
  return network;
}

ClassifierNetwork::Pass ClassifierNetwork::run(const torch::Tensor& latents,
                                               const std::optional<Training>& training) const {
  Walk walk(parameters_, graph_.node(graph_.output).name, training);
  std::vector<torch::Tensor> values(graph_.nodes.size());
  values[0] = latents;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto& node = graph_.nodes[i];
    std::vector<torch::Tensor> inputs;
    for (const auto id : node.inputs) inputs.push_back(values[id.value]);
    values[i] = walk.apply(node, inputs);
  }
  return std::move(walk).take(values[graph_.output.value]);
}

ClassifierNetwork::Trained ClassifierNetwork::trained() const {
  Trained trained;
  std::set<const void*> seen;
  for (const auto& [name, values] : parameters_) {
    if (is_statistic(name) || !seen.insert(values.unsafeGetTensorImpl()).second) continue;
    auto& group = is_scalar_of_activation(name)                         ? trained.activations
                  : values.dim() <= 1                                   ? trained.biases
                  : name == graph_.node(graph_.output).name + ".weight" ? trained.last_weights
                                                                        : trained.weights;
    group.push_back(values);
  }
  return trained;
}

Result<tensor::TensorFile> initial_weights(const graph::ArchitectureSpec& spec,
                                           const ActivationRecipe& activation,
                                           const Beginning& beginning, std::uint64_t seed) {
  const auto labels = static_cast<std::int64_t>(beginning.log_odds.size());
  VEILRAY_TRY(expected, graph::expected_tensors(spec, labels));
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  tensor::TensorFile file;
  for (const auto& [name, shape] : expected) {
    auto values = torch::zeros(shape);
    const bool sigmoid = name.find("sigmoid.") != std::string::npos;
    const auto& start = sigmoid ? kSigmoidStart : activation.start;
    if (name.ends_with(".alpha")) values.fill_(start[0]);
    if (name.ends_with(".max_pool.alpha")) values.fill_(kMeanSquareStart);
    if (name.ends_with(".beta")) values.fill_(start[1]);
    if (name.ends_with(".c")) values.fill_(start[2]);
    const bool first = shape.size() == 4 && shape[1] == spec.in_channels && name == "conv1.weight";
    if (shape.size() > 1) {
      const double fan_in = static_cast<double>(values.numel() / shape[0]);
      const double scale = first ? std::max(beginning.latent_deviation, 1e-6) : 1.0;
      values.normal_(0.0, 1.0 / (scale * std::sqrt(fan_in)), generator);
    } else if (name.ends_with(".weight") || name.ends_with(".running_var")) {
      values.fill_(1.0);
    }
    file.tensors.emplace(name, to_array(values));
  }
  VEILRAY_TRY(built, graph::build(spec, file));
  const auto& last_layer = built.node(built.output).name;
  if (beginning.trained != nullptr) {
    VEILRAY_CHECK_OK(take_over(file, *beginning.trained, last_layer));
  }
  const auto bias = file.tensors.find(last_layer + ".bias");
  if (bias != file.tensors.end()) {
    bias->second.data.assign(beginning.log_odds.begin(), beginning.log_odds.end());
  }
  return file;
}

}  // namespace veilray::train
