// Operators on vectors, and what is written as a dense layer or a 1x1 convolution.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

Tensor transposed(const Tensor& matrix) {
  const auto rows = static_cast<std::size_t>(matrix.shape[0]);
  const auto columns = static_cast<std::size_t>(matrix.shape[1]);
  Tensor out = Tensor::zeros({matrix.shape[1], matrix.shape[0]});
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) out.data[c * rows + r] = matrix.data[r * columns + c];
  return out;
}

/// A constant matrix; Linear wants [out, in].
Result<Tensor> matrix(Call& call, std::size_t i) {
  VEILRAY_TRY(constant, call.constant(i));
  if (constant->floats() == nullptr || constant->shape.size() != 2 || constant->count() == 0)
    return unsupported("its weight is no matrix", "use a dense layer");
  return Tensor{constant->shape, *constant->floats()};
}

/// The signal must be one row.
Result<Value> dense(Call& call, const Signal& signal, Linear linear) {
  if (signal.shape.empty() ||
      signal.shape.back() != static_cast<std::int64_t>(tensor::element_count(signal.shape)))
    return unsupported("a matrix product of more than one row", "flatten to [1, n] before it");
  Shape shape = signal.shape;
  shape.back() = linear.weight.shape[0];
  VEILRAY_TRY(vector, call.net().vector_of(signal));
  VEILRAY_TRY(out, call.net().add(call.name(), std::move(linear), {vector}, std::move(shape)));
  return Value(std::move(out));
}

/// Gemm's third input, for each output: none, one for all, or a row.
Result<std::vector<float>> gemm_bias(Call& call, std::int64_t outputs, float beta) {
  if (!call.has(2)) return std::vector<float>{};
  VEILRAY_TRY(bias, call.floats(2));
  VEILRAY_TRY(constant, call.constant(2));
  const Shape& shape = constant->shape;
  const auto count = static_cast<std::size_t>(outputs);
  if (bias.size() == 1) bias.resize(count, bias[0]);
  if (bias.size() != count || (!shape.empty() && shape.back() != 1 && shape.back() != outputs) ||
      (shape.size() > 1 && shape.back() == 1 && constant->count() > 1))
    return malformed("the bias does not fit the weight");
  for (float& value : bias) value *= beta;
  return bias;
}

std::vector<double> repeated(std::vector<double> values, std::size_t count) {
  if (values.size() == 1) values.resize(count, values[0]);
  return values;
}

/// Rows that put `channels` entries at `offset` of `all`.
Tensor placing(std::int64_t channels, std::int64_t offset, std::int64_t all) {
  Tensor out = Tensor::zeros({all, channels});
  for (std::int64_t c = 0; c < channels; ++c)
    out.data[static_cast<std::size_t>((offset + c) * channels + c)] = 1;
  return out;
}

/// The part at its place among the channels of `all`, zeros elsewhere.
Result<Signal> embed(Call& call, const Signal& part, std::int64_t offset, const Shape& all) {
  const std::int64_t channels = part.shape[1];
  Tensor weight = placing(channels, offset, all[1]);
  const std::string name = fmt::format("{}.{}", call.name(), offset);
  VEILRAY_TRY(values, call.net().shape_of(part));
  if (values.size() == 3 && all.size() == 4) {
    weight.shape = {all[1], channels, 1, 1};
    VEILRAY_TRY(map, call.net().map_of(part));
    return call.net().add(name, Conv2d{std::move(weight)}, {map});
  }
  VEILRAY_TRY(vector, call.net().vector_of(part));
  return call.net().add(name, Linear{std::move(weight)}, {vector}, all);
}

/// Concat of shapes.
Result<Value> joined_lists(Call& call) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < call.inputs(); ++i) {
    VEILRAY_TRY(list, call.constant(i));
    if (list->integers() == nullptr || list->shape.size() != 1)
      return unsupported("it joins constants", "let the exporter fold them: do_constant_folding");
    if (out.size() + list->count() > kMaxList) return malformed("it joins long lists");
    out.insert(out.end(), list->integers()->begin(), list->integers()->end());
  }
  Shape shape{static_cast<std::int64_t>(out.size())};
  return Value(Constant{std::move(shape), std::move(out)});
}

/// Signals of one shape but for their channels, and all channels together.
struct Parts {
  std::vector<Signal> signals;
  Shape shape;
};

Result<Parts> parts_of(Call& call) {
  Parts parts;
  for (std::size_t i = 0; i < call.inputs(); ++i) {
    VEILRAY_TRY(signal, call.signal(i));
    if (i == 0) {
      parts.shape = signal.shape;
    } else {
      Shape shape = signal.shape;
      if (shape.size() < 2 || shape.size() != parts.shape.size())
        return malformed("it joins tensors of different ranks");
      const std::int64_t channels = std::exchange(shape[1], parts.shape[1]);
      if (shape != parts.shape) return malformed("it joins tensors that differ in height or width");
      parts.shape[1] += channels;
    }
    parts.signals.push_back(std::move(signal));
  }
  return parts;
}

}  // namespace

Result<Value> per_channel_affine(Call& call, const Signal& signal, std::vector<double> factor,
                                 std::vector<double> offset) {
  VEILRAY_TRY(shape, call.net().shape_of(signal));
  const auto channels = static_cast<std::size_t>(shape[0]);
  factor = repeated(std::move(factor), channels);
  offset = repeated(std::move(offset), channels);
  if (factor.size() != channels || offset.size() != channels)
    return unsupported("a constant that differs within a channel", "use one for each channel");
  if (shape.size() == 3) {
    VEILRAY_TRY(map, call.net().map_of(signal));
    const std::vector<float> zeros(channels, 0), ones(channels, 1);
    BatchNorm norm{{factor.begin(), factor.end()}, {offset.begin(), offset.end()}, zeros, ones, 0};
    VEILRAY_TRY(out, call.net().add(call.name(), std::move(norm), {map}));
    return Value(std::move(out));
  }
  if (call.net().map_linear(signal, factor, offset)) return Value(signal);
  if (shape[0] > kMaxWeight / shape[0])
    return unsupported("factors of a long vector", "put them behind a dense layer");
  Linear diagonal{Tensor::zeros({shape[0], shape[0]}), {offset.begin(), offset.end()}};
  for (std::size_t i = 0; i < channels; ++i)
    diagonal.weight.data[i * (channels + 1)] = static_cast<float>(factor[i]);
  VEILRAY_TRY(vector, call.net().vector_of(signal));
  VEILRAY_TRY(out, call.net().add(call.name(), std::move(diagonal), {vector}, signal.shape));
  return Value(std::move(out));
}

Result<Value> gemm(Call& call) {
  VEILRAY_TRY(signal, call.signal(0));
  if (call.integer("transA", 0) != 0)
    return unsupported("it transposes its input", "flatten to [1, n] before it");
  VEILRAY_TRY(weight, matrix(call, 1));
  if (call.integer("transB", 0) == 0) weight = transposed(weight);
  const float alpha = call.attribute("alpha", 1.0F);
  for (float& value : weight.data) value *= alpha;
  VEILRAY_TRY(bias, gemm_bias(call, weight.shape[0], call.attribute("beta", 1.0F)));
  return dense(call, signal, {std::move(weight), std::move(bias)});
}

Result<Value> matmul(Call& call) {
  if (call.constant_or_null(0) != nullptr)
    return unsupported("the matrix stands on the left", "write x W: the matrix on the right");
  VEILRAY_TRY(signal, call.signal(0));
  VEILRAY_TRY(weight, matrix(call, 1));
  return dense(call, signal, {transposed(weight)});
}

/// Each part by itself among zeros, and the sum of all: there is no operation that joins.
Result<Value> concat(Call& call) {
  if (call.inputs() == 0) return malformed("it joins nothing");
  if (call.signal_or_null(0) == nullptr) return joined_lists(call);
  VEILRAY_TRY(parts, parts_of(call));
  const std::int64_t axis = call.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(parts.shape.size());
  if (rank < 2 || (axis != 1 && axis + rank != 1))
    return unsupported("it joins along another axis than the channels", "join channels, axis 1");
  if (parts.shape[1] > kMaxWeight / parts.shape[1])
    return unsupported("too many channels to join", "join fewer");
  std::optional<Signal> all;
  std::int64_t offset = 0;
  for (const Signal& part : parts.signals) {
    VEILRAY_TRY(embedded, embed(call, part, offset, parts.shape));
    offset += part.shape[1];
    if (!all) {
      all = std::move(embedded);
      continue;
    }
    VEILRAY_TRY(left, call.net().node_of(*all));
    VEILRAY_TRY(right, call.net().node_of(embedded));
    VEILRAY_TRY(joined, call.net().add(call.name(), Add{}, {left, right}, parts.shape));
    all = std::move(joined);
  }
  return Value(std::move(*all));
}

}  // namespace veilray::graph::onnx
