#pragma once
// What a network is made of. One struct an operation; `Op` is the closed set of them.
#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "tensor/tensor.h"

namespace veilray::graph {

using tensor::Shape;
using tensor::Tensor;

/// The network's input, [c, h, w].
struct Input {};

/// Cross-correlation as PyTorch's Conv2d. weight: [out, in / groups, kh, kw]; bias: [out] or empty.
struct Conv2d {
  Tensor weight;
  std::vector<float> bias = {};
  std::int64_t groups = 1;
  std::int64_t stride = 1;
  std::array<std::int64_t, 4> padding{};  // top, left, bottom, right; zeros
  /// What the sums of each row, and of each column, of the result are multiplied by before the bias
  /// is added; empty: 1. A mean that leaves its padding out divides by less at the edge.
  std::vector<float> row_factors = {}, column_factors = {};
};

/// Inference-time BatchNorm2d: (x - mean) / sqrt(variance + epsilon) * weight + bias, per channel.
struct BatchNorm {
  std::vector<float> weight, bias, mean, variance;
  double epsilon = 1e-5;
};

/// c[0] + c[1] x + c[2] x^2 + ..., element by element.
struct Polynomial {
  std::vector<double> coefficients;
};

/// factor(x) * outer(function(inner(x))) + offset, element by element, each but `function` a
/// polynomial: Relu, SiLU, Gelu and their like, as exporters spread them. No ciphertext computes
/// it: approximate() puts a Polynomial in its place.
struct Activation {
  enum class Kind : std::uint8_t { kRelu, kElu, kClip, kSigmoid, kTanh, kErf, kSoftplus };
  Kind kind = Kind::kRelu;
  /// Clip: the bounds. Relu, Elu: `low` is the factor below zero, of x or of exp(x) - 1.
  double low = 0, high = 0;
  std::vector<double> inner{0, 1}, outer{0, 1}, factor{1};
  double offset = 0;
};

/// Mean over kernel x kernel windows, no padding; the last incomplete window is dropped.
struct AveragePool {
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
};

/// AveragePool whose 1 / kernel^2 has been folded into the next linear operation.
struct SumPool {
  std::int64_t kernel = 2;
  std::int64_t stride = 2;
};

/// [c, h, w] -> [c * h * w].
struct Flatten {};

/// weight: [out, in]; bias: [out] or empty. Input: [in].
struct Linear {
  Tensor weight;
  std::vector<float> bias = {};
};

/// The sum of two inputs of one shape.
struct Add {};

/// Two inputs, x [c, h, w] and g [c]: each channel of x times its entry of g.
struct ChannelGate {};

/// [c, h, w] -> [2 c, h, w]: the input, and after it its squares.
struct StackSquares {};

using Op = std::variant<Input, Conv2d, BatchNorm, Polynomial, AveragePool, SumPool, Flatten, Linear,
                        Add, ChannelGate, StackSquares, Activation>;

/// The field's name of the operation: "conv2d", "batch_norm", ...
const char* op_name(const Op& op);

}  // namespace veilray::graph
