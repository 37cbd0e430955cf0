#include "graph/architectures/random_weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "graph/interpret.h"

namespace veilray::graph {
namespace {

using tensor::TensorFile;

constexpr std::size_t kLatents = 64;
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

/// Before calibration: He's initialisation, BatchNorm near identity, one shared activation.
TensorFile draw(const TensorList& expected, Normal& normal) {
  const float alpha = 0.1F + normal.next(0.005), beta = 0.5F + normal.next(0.02),
              c = normal.next(0.02);
  TensorFile file;
  for (const auto& [name, shape] : expected) {
    Tensor& tensor = file.tensors[name] = Tensor::zeros(shape);
    const auto fill = [&](float value) { std::ranges::fill(tensor.data, value); };
    if (name.ends_with(".alpha")) {
      fill(alpha);
    } else if (name.ends_with(".beta")) {
      fill(beta);
    } else if (name.ends_with(".c")) {
      fill(c);
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

void calibrate(BatchNorm& norm, const std::vector<Tensor>& batch) {
  for (std::size_t c = 0; c < norm.mean.size(); ++c) {
    const auto [mean, deviation] = moments_of_channel(batch, c);
    norm.mean[c] = static_cast<float>(mean);
    norm.variance[c] = static_cast<float>(deviation * deviation);
  }
}

/// `batch` holds the logits that `linear` now gives.
void calibrate(Linear& linear, const std::vector<Tensor>& batch) {
  const std::size_t columns = static_cast<std::size_t>(linear.weight.shape[1]);
  for (std::size_t o = 0; o < linear.bias.size(); ++o) {
    const auto [mean, deviation] = moments_of_channel(batch, o);
    const double factor = kLogitDeviation / deviation;
    for (std::size_t i = o * columns; i < (o + 1) * columns; ++i) {
      linear.weight.data[i] = static_cast<float>(linear.weight.data[i] * factor);
    }
    linear.bias[o] = static_cast<float>((linear.bias[o] - mean) * factor);
  }
}

void store(TensorFile& file, const std::string& name, const std::vector<float>& values) {
  file.tensors.at(name).data = values;
}

std::vector<Tensor> evaluate_all(const Node& node, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs;
  for (const Tensor& input : inputs) outputs.push_back(evaluate(node, {&input}));
  return outputs;
}

/// Walks the chain with a batch of latents, setting each node's statistics before it is used.
void calibrate_chain(Graph graph, TensorFile& file, std::vector<Tensor> batch) {
  for (Node& node : graph.nodes) {
    if (auto* norm = std::get_if<BatchNorm>(&node.op)) {
      calibrate(*norm, batch);
      store(file, node.name + ".running_mean", norm->mean);
      store(file, node.name + ".running_var", norm->variance);
    }
    batch = evaluate_all(node, batch);
    if (auto* linear = std::get_if<Linear>(&node.op)) {
      calibrate(*linear, batch);
      store(file, node.name + ".weight", linear->weight.data);
      store(file, node.name + ".bias", linear->bias);
    }
  }
}

}  // namespace

Result<TensorFile> random_weights(const ArchitectureSpec& spec, std::uint64_t seed) {
  VEILRAY_TRY(expected, expected_tensors(spec));
  Normal normal(seed);
  TensorFile file = draw(expected, normal);
  VEILRAY_TRY(graph, build(spec, file));
  std::vector<Tensor> latents;
  for (std::size_t i = 0; i < kLatents; ++i)
    latents.push_back(normal.tensor(graph.input_shape(), 1));
  calibrate_chain(std::move(graph), file, std::move(latents));
  return file;
}

}  // namespace veilray::graph
