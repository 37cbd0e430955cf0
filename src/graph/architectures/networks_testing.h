#pragma once
// For tests: weights for any built-in network.
#include <cmath>

#include "graph/architectures/random_weights.h"
#include "graph/architectures/registry.h"
#include "graph/graphs_testing.h"

namespace veilray::graph::testing_graphs {

/// Weights of the right names and shapes; the activation is 0.5 x^2 + 2 x + 1.
inline tensor::TensorFile plain_weights(const ArchitectureSpec& spec, std::int64_t outputs = 14) {
  Draw draw(1);
  tensor::TensorFile file;
  for (const auto& [name, shape] : expected_tensors(spec, outputs).value()) {
    file.tensors[name] = draw.tensor(shape, 0.1);
    for (float& value : file.tensors[name].data) value = std::abs(value) + 0.01F;
    if (name.ends_with(".alpha")) file.tensors[name].data[0] = 0.5F;
    if (name.ends_with(".beta")) file.tensors[name].data[0] = 2;
    if (name.ends_with(".c")) file.tensors[name].data[0] = 1;
  }
  return file;
}

/// Random weights in which every activation differs from every other, so that a mix-up shows.
inline tensor::TensorFile distinct_weights(const ArchitectureSpec& spec) {
  auto file = random_weights(spec, 5).value();
  float factor = 1;
  for (auto& [name, tensor] : file.tensors) {
    if (tensor.shape == Shape{1}) tensor.data[0] *= factor;
    factor = factor > 1.2F ? 0.8F : factor + 0.03F;
  }
  return file;
}

}  // namespace veilray::graph::testing_graphs
