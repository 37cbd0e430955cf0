// Operators on maps [1, c, h, w]: convolutions, padding, norms.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"
#include "graph/onnx/window.h"

namespace veilray::graph::onnx {
namespace {

/// The kernel with zeros between its taps.
Result<Tensor> spread(const Tensor& weight, const std::array<std::int64_t, 2>& dilation) {
  if (dilation == std::array<std::int64_t, 2>{1, 1}) return Tensor(weight);
  const std::int64_t planes = weight.shape[0] * weight.shape[1];
  const std::int64_t h = weight.shape[2], w = weight.shape[3];
  const std::int64_t rows = (h - 1) * dilation[0] + 1, columns = (w - 1) * dilation[1] + 1;
  if (rows > kMaxSide || columns > kMaxSide || planes > kMaxWeight / (rows * columns))
    return unsupported("the dilated kernel is too large", "use a smaller dilation");
  Tensor out = Tensor::zeros({weight.shape[0], weight.shape[1], rows, columns});
  std::size_t from = 0;
  for (std::int64_t plane = 0; plane < planes; ++plane)
    for (std::int64_t y = 0; y < h; ++y)
      for (std::int64_t x = 0; x < w; ++x)
        out.data[static_cast<std::size_t>((plane * rows + y * dilation[0]) * columns +
                                          x * dilation[1])] = weight.data[from++];
  return out;
}

/// A 1x1 convolution of what a global mean left, or of a vector, is a dense layer.
bool is_dense(Call& call, const Signal& in, const Shape& weight, const Window& over,
              const Shape& values, std::int64_t groups) {
  const bool point = weight[2] == 1 && weight[3] == 1 && groups == 1 &&
                     plus(in.padding, over.padding) == Padding{};
  if (!point || in.shape != Shape{1, weight[1], 1, 1}) return false;
  if (values.size() == 1) return true;
  const auto node = call.net().node_of(in);
  return node.ok() && std::holds_alternative<AveragePool>(call.net().node(node.value()).op);
}

/// The entries that BatchNormalization takes for each channel.
Result<std::vector<float>> channel_values(Call& call, std::size_t i, std::int64_t channels) {
  VEILRAY_CHECK_OK(call.constant(i));
  VEILRAY_TRY(values, call.floats(i));
  if (values.size() != static_cast<std::size_t>(channels))
    return malformed(fmt::format("input {} has not one entry for each channel", i));
  return values;
}

}  // namespace

Result<Value> convolution(Call& call) {
  VEILRAY_TRY(signal, call.padded_signal(0));
  VEILRAY_TRY(constant, call.constant(1));
  if (constant->floats() == nullptr || constant->shape.size() != 4)
    return unsupported("a convolution that is not over two axes of floats", "use Conv2d");
  const Shape& shape = constant->shape;
  const Integers kernel{shape[2], shape[3]};
  if (call.attribute("kernel_shape", kernel) != kernel)
    return malformed("kernel_shape is not the weight's");
  VEILRAY_TRY(over, window(call, kernel, signal.seen_shape()));
  if (std::ranges::any_of(shape, [](auto extent) { return extent < 1; }))
    return malformed("an empty weight");
  const std::int64_t groups = call.integer("group", 1);
  VEILRAY_TRY(bias, call.floats(2));
  VEILRAY_TRY(values, call.net().shape_of(signal));
  if (is_dense(call, signal, shape, over, values, groups)) {
    VEILRAY_TRY(vector, call.net().vector_of(signal));
    Linear linear{{{shape[0], shape[1]}, *constant->floats()}, std::move(bias)};
    VEILRAY_TRY(out, call.net().add(call.name(), std::move(linear), {vector}, {1, shape[0], 1, 1}));
    return Value(std::move(out));
  }
  VEILRAY_TRY(weight, spread({shape, *constant->floats()}, over.dilation));
  Conv2d conv{std::move(weight), std::move(bias), groups, over.stride,
              plus(signal.padding, over.padding)};
  signal.padding = {};
  VEILRAY_TRY(map, call.net().map_of(signal));
  VEILRAY_TRY(out, call.net().add(call.name(), std::move(conv), {map}));
  return Value(std::move(out));
}

Result<Value> pad(Call& call) {
  VEILRAY_TRY(signal, call.padded_signal(0));
  VEILRAY_CHECK_OK(call.constant(1));
  VEILRAY_TRY(pads, call.integers(1));  // the begins of all axes, then the ends
  VEILRAY_TRY(value, call.floats(2));
  const bool zeros = call.attribute("mode", std::string("constant")) == "constant" &&
                     std::ranges::all_of(value, [](float v) { return v == 0; });
  if (std::ranges::all_of(pads, [](auto p) { return p == 0; })) return Value(std::move(signal));
  if (!zeros) return unsupported("padding with other values than 0", "pad with zeros");
  if (signal.shape.size() != 4 || pads.size() != 8)
    return unsupported("padding of what is no map", "pad [1, c, h, w]");
  if (pads[0] != 0 || pads[1] != 0 || pads[4] != 0 || pads[5] != 0 ||
      !between(pads, pads.size(), 0))
    return unsupported("padding of channels, or less than none", "pad rows and columns");
  signal.padding = plus(signal.padding, {pads[2], pads[3], pads[6], pads[7]});
  if (std::ranges::any_of(signal.padding, [](auto p) { return p > kMaxSide; }))
    return unsupported("too much padding", "65536 on a side is the most");
  signal.exclusive = false;
  signal.name = call.name();
  return Value(std::move(signal));
}

Result<Value> batch_normalization(Call& call) {
  // Before opset 14 training is told by the outputs.
  if (call.integer("training_mode", 0) != 0 || call.gives(1))
    return unsupported("it is in training mode", "export the network in evaluation mode");
  VEILRAY_TRY(signal, call.signal(0));
  if (signal.shape.size() < 2) return malformed("a norm of a tensor without channels");
  std::array<std::vector<float>, 4> given;  // weight, bias, mean, variance
  for (std::size_t i = 0; i < given.size(); ++i) {
    VEILRAY_TRY(values, channel_values(call, i + 1, signal.shape[1]));
    given[i] = std::move(values);
  }
  const double epsilon = double{call.attribute("epsilon", 1e-5F)};
  VEILRAY_TRY(values, call.net().shape_of(signal));
  if (values.size() == 3) {
    VEILRAY_TRY(map, call.net().map_of(signal));
    BatchNorm norm{given[0], given[1], given[2], given[3], epsilon};
    VEILRAY_TRY(out, call.net().add(call.name(), std::move(norm), {map}));
    return Value(std::move(out));
  }
  std::vector<double> factor, offset;
  for (std::size_t i = 0; i < given[0].size(); ++i) {
    const double variance = given[3][i] + epsilon;
    if (!(variance > 0)) return malformed("a variance that is not positive");
    factor.push_back(given[0][i] / std::sqrt(variance));
    offset.push_back(given[1][i] - given[2][i] * factor.back());
  }
  return per_channel_affine(call, signal, std::move(factor), std::move(offset));
}

}  // namespace veilray::graph::onnx
