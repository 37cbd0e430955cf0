#include "graph/architectures/random_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <random>
#include <span>

#include "graph/interpret.h"

namespace veilray::graph {
namespace {

using tensor::TensorFile;

constexpr double kLogitDeviation = 2;

/// Box-Muller on the bits of mt19937_64, both of which the standard leaves no freedom
/// (std::normal_distribution differs between libraries).
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : bits_(seed) {}
  float next(double deviation) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return static_cast<float>(deviation * radius * std::cos(2 * std::numbers::pi * uniform()));
  }
  Tensor tensor(const Shape& shape, double deviation) {
    Tensor values = Tensor::zeros(shape);
    for (float& value : values.data) value = next(deviation);
    return values;
  }

 private:
  /// In (0, 1].
  double uniform() { return static_cast<double>((bits_() >> 11) + 1) * 0x1p-53; }
  std::mt19937_64 bits_;
};

/// alpha, beta and c of an activation.
using Scalars = std::array<float, 3>;

/// For a sigmoid: a cubic that bends visibly on what a gate sees.
constexpr Scalars kSigmoid{-2e-3F, 0.15F, 0.5F};

/// Of CBAM's mean of squares, which enters the same small network as the mean does: means over many
/// positions are small.
constexpr float kMeanSquare = 0.01F;

bool is_sigmoid(const std::string& name) { return name.find("sigmoid.") != std::string::npos; }

/// Before calibration: He's initialisation, BatchNorm near identity, one shared activation.
TensorFile draw(const TensorList& expected, Normal& normal) {
  const float alpha = 0.1F + normal.next(0.005), beta = 0.5F + normal.next(0.02),
              c = normal.next(0.02);
  const Scalars activation{alpha, beta, c};
  TensorFile file;
  for (const auto& [name, shape] : expected) {
    Tensor& tensor = file.tensors[name] = Tensor::zeros(shape);
    const auto fill = [&](float value) { std::ranges::fill(tensor.data, value); };
    const Scalars& scalars = is_sigmoid(name) ? kSigmoid : activation;
    if (name.ends_with(".max_pool.alpha")) {
      fill(kMeanSquare);
    } else if (name.ends_with(".alpha")) {
      fill(scalars[0]);
    } else if (name.ends_with(".beta")) {
      fill(scalars[1]);
    } else if (name.ends_with(".c")) {
      fill(scalars[2]);
    } else if (shape.size() > 1) {
      const auto fan_in = static_cast<double>(tensor.data.size()) / static_cast<double>(shape[0]);
      tensor = normal.tensor(shape, std::sqrt(2 / fan_in));
    } else if (name.ends_with(".weight") || name.ends_with(".running_var")) {
      fill(1);  // BatchNorm
    }
  }
  return file;
}

struct Moments {
  double mean = 0, deviation = 0;
};

/// Over all values of one channel (of one logit, for [n]) in all of `batch`.
Moments moments_of_channel(const std::vector<Tensor>& batch, std::size_t channel) {
  const std::size_t area = batch[0].data.size() / static_cast<std::size_t>(batch[0].shape[0]);
  double sum = 0, squares = 0;
  for (const Tensor& tensor : batch) {
    for (std::size_t i = channel * area; i < (channel + 1) * area; ++i) {
      sum += tensor.data[i];
      squares += double{tensor.data[i]} * tensor.data[i];
    }
  }
  const auto count = static_cast<double>(area * batch.size());
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(squares / count - mean * mean, 1e-12))};
}

void calibrate(BatchNorm& norm, const std::vector<Tensor>& inputs) {
  for (std::size_t c = 0; c < norm.mean.size(); ++c) {
    const auto [mean, deviation] = moments_of_channel(inputs, c);
    norm.mean[c] = static_cast<float>(mean);
    norm.variance[c] = static_cast<float>(deviation * deviation);
  }
}

/// The weights that give result `o`.
std::span<float> row_of(Tensor& weight, std::size_t o) {
  const std::size_t row = weight.data.size() / static_cast<std::size_t>(weight.shape[0]);
  return std::span(weight.data).subspan(o * row, row);
}

/// Scales each result to deviation `wanted` and, where there is a bias, mean 0. `outputs` is what
/// they are now.
void calibrate(Tensor& weight, std::vector<float>& bias, const std::vector<Tensor>& outputs,
               double wanted) {
  for (std::size_t o = 0; o < static_cast<std::size_t>(weight.shape[0]); ++o) {
    const auto [mean, deviation] = moments_of_channel(outputs, o);
    const double factor = wanted / deviation;
    for (float& w : row_of(weight, o)) w = static_cast<float>(w * factor);
    if (!bias.empty()) bias[o] = static_cast<float>((bias[o] - mean) * factor);
  }
}

/// Without a bias, a result has mean 0 if its weights are at right angles to the mean input.
void centre(Linear& linear, const std::vector<Tensor>& inputs) {
  std::vector<double> mean(inputs[0].data.size());
  for (const Tensor& input : inputs) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += input.data[i];
  }
  const double square = std::inner_product(mean.begin(), mean.end(), mean.begin(), 1e-12);
  for (std::size_t o = 0; o < static_cast<std::size_t>(linear.weight.shape[0]); ++o) {
    const auto row = row_of(linear.weight, o);
    const double share = std::inner_product(row.begin(), row.end(), mean.begin(), 0.0) / square;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      row[i] = static_cast<float>(row[i] - share * mean[i]);
    }
  }
}

/// Walks a graph with a batch of latents, setting each node's weights before it is used.
class Calibration {
 public:
  Calibration(Graph graph, TensorFile& file) : graph_(std::move(graph)), file_(file) {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const NodeId input : graph_.nodes[i].inputs) last_reader_[input.value] = i;
    }
  }

  void run(std::vector<Tensor> latents) {
    values_.resize(graph_.nodes.size());
    values_[0] = std::move(latents);
    for (std::size_t i = 1; i < graph_.nodes.size(); ++i) {
      calibrate_node(i);
      for (const NodeId input : graph_.nodes[i].inputs) {
        if (last_reader_[input.value] == i) values_[input.value].clear();
      }
    }
  }

 private:
  void calibrate_node(std::size_t index) {
    Node& node = graph_.nodes[index];
    const auto& inputs = values_[node.inputs[0].value];
    if (auto* norm = std::get_if<BatchNorm>(&node.op)) {
      calibrate(*norm, inputs);
      store(node.name + ".running_mean", norm->mean);
      store(node.name + ".running_var", norm->variance);
    }
    // A layer that is applied once more keeps what its first inputs made of it.
    if (!node.shared_tensors.empty()) {
      node.op = node_named(node.shared_tensors).op;
    } else if (auto* linear = std::get_if<Linear>(&node.op)) {
      if (linear->bias.empty()) centre(*linear, inputs);
      const bool gives_logits = index == graph_.output.value;
      values_[index] = evaluated(node);
      calibrate(linear->weight, linear->bias, values_[index], gives_logits ? kLogitDeviation : 1);
      store_layer(node.name, linear->weight, linear->bias);
    } else if (auto* conv = std::get_if<Conv2d>(&node.op); conv && !is_normed(index)) {
      values_[index] = evaluated(node);
      calibrate(conv->weight, conv->bias, values_[index], 1);
      store_layer(node.name, conv->weight, conv->bias);
    }
    values_[index] = evaluated(node);
  }

  std::vector<Tensor> evaluated(const Node& node) const {
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < values_[node.inputs[0].value].size(); ++i) {
      std::vector<const Tensor*> inputs;
      for (const NodeId input : node.inputs) inputs.push_back(&values_[input.value][i]);
      outputs.push_back(evaluate(node, inputs));
    }
    return outputs;
  }

  /// Every convolution of ours is followed by its BatchNorm at once, if it has one.
  bool is_normed(std::size_t index) const {
    return index + 1 < graph_.nodes.size() &&
           std::holds_alternative<BatchNorm>(graph_.nodes[index + 1].op);
  }
  const Node& node_named(const std::string& name) const {
    return *std::ranges::find_if(graph_.nodes, [&](const Node& n) { return n.name == name; });
  }
  void store(const std::string& name, const std::vector<float>& values) {
    file_.tensors.at(name).data = values;
  }
  void store_layer(const std::string& name, const Tensor& weight, const std::vector<float>& bias) {
    store(name + ".weight", weight.data);
    if (!bias.empty()) store(name + ".bias", bias);
  }

  Graph graph_;
  TensorFile& file_;
  std::map<std::uint32_t, std::size_t> last_reader_;
  std::vector<std::vector<Tensor>> values_;  // by node; empty when nobody reads them any more
};

/// Large latents hold many positions, and take long.
std::size_t latents_for(std::int64_t size) {
  constexpr std::size_t kMost = 64, kFew = 16, kFewest = 8;
  return size <= 32 ? kMost : size <= 128 ? kFew : kFewest;
}

}  // namespace

Result<TensorFile> random_weights(const ArchitectureSpec& spec, std::uint64_t seed) {
  VEILRAY_TRY(expected, expected_tensors(spec));
  Normal normal(seed);
  TensorFile file = draw(expected, normal);
  VEILRAY_TRY(graph, build(spec, file));
  std::vector<Tensor> latents;
  for (std::size_t i = 0; i < latents_for(spec.size); ++i) {
    latents.push_back(normal.tensor(graph.input_shape(), 1));
  }
  Calibration(std::move(graph), file).run(std::move(latents));
  return file;
}

}  // namespace veilray::graph
