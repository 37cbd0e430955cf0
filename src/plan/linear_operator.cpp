#include "plan/linear_operator.h"

#include <iterator>
#include <map>

namespace veilray::plan {
namespace {

std::int32_t narrow(std::int64_t index) { return static_cast<std::int32_t>(index); }

/// Taps of a window of `kernel` inputs for each of `out` outputs, zeros outside [0, in) left out.
std::vector<Tap> window_taps(std::int64_t out, std::int64_t in, std::int64_t kernel,
                             std::int64_t stride, std::int64_t padding) {
  std::vector<Tap> taps;
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t i = o * stride + k - padding;
      if (i >= 0 && i < in) taps.push_back({narrow(o), narrow(i), narrow(k)});
    }
  return taps;
}

std::int64_t window_outputs(std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  return (in - kernel) / stride + 1;
}

/// Gives the outputs along an axis their factors, equal ones the same, so that weights may repeat.
void add_factors(LinearOperator& op, std::size_t axis, const std::vector<float>& factors) {
  if (factors.empty()) return;
  auto& distinct = op.factors[axis - 1];
  std::map<float, std::int64_t> index;
  for (const float factor : factors)
    if (index.try_emplace(factor, std::ssize(distinct)).second) distinct.push_back(factor);
  for (Tap& tap : op.taps[axis])
    tap.weight += narrow(index[factors[static_cast<std::size_t>(tap.out)]] * op.extents[axis]);
}

}  // namespace

LinearOperator conv2d_operator(const graph::Conv2d& conv, const tensor::Shape& in_shape) {
  const auto& kernel = conv.weight.shape;  // [out, in / groups, kh, kw]
  const auto [top, left, bottom, right] = conv.padding;
  const std::int64_t rows = window_outputs(in_shape[1] + top + bottom, kernel[2], conv.stride);
  const std::int64_t columns = window_outputs(in_shape[2] + left + right, kernel[3], conv.stride);

  LinearOperator op{in_shape,
                    {kernel[0], rows, columns},
                    {},
                    {kernel[0] * kernel[1], kernel[2], kernel[3]},
                    conv.weight.data,
                    conv.bias};
  const std::int64_t out_per_group = kernel[0] / conv.groups;
  for (std::int64_t o = 0; o < kernel[0]; ++o)
    for (std::int64_t i = 0; i < kernel[1]; ++i)
      op.taps[0].push_back(
          {narrow(o), narrow(o / out_per_group * kernel[1] + i), narrow(o * kernel[1] + i)});
  op.taps[1] = window_taps(rows, in_shape[1], kernel[2], conv.stride, top);
  op.taps[2] = window_taps(columns, in_shape[2], kernel[3], conv.stride, left);
  add_factors(op, 1, conv.row_factors);
  add_factors(op, 2, conv.column_factors);
  return op;
}

LinearOperator linear_operator(const graph::Linear& linear, const tensor::Shape& in_shape,
                               std::int64_t pool) {
  const std::int64_t outputs = linear.weight.shape[0];
  const std::int64_t channels = in_shape[0];
  const std::int64_t rows = in_shape[1] / pool;
  const std::int64_t columns = in_shape[2] / pool;
  LinearOperator op{in_shape,           {outputs, 1, 1}, {}, {outputs * channels, rows, columns},
                    linear.weight.data, linear.bias};
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t i = 0; i < channels; ++i)
      op.taps[0].push_back({narrow(o), narrow(i), narrow(o * channels + i)});
  for (std::int64_t y = 0; y < rows * pool; ++y)
    op.taps[1].push_back({0, narrow(y), narrow(y / pool)});
  for (std::int64_t x = 0; x < columns * pool; ++x)
    op.taps[2].push_back({0, narrow(x), narrow(x / pool)});
  return op;
}

LinearOperator broadcast(LinearOperator op, std::int64_t rows, std::int64_t columns) {
  const std::array<std::int64_t, 2> extents{rows, columns};
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    std::vector<Tap> everywhere;
    for (std::int64_t position = 0; position < extents[axis]; ++position)
      for (const Tap& tap : op.taps[axis + 1])
        everywhere.push_back({narrow(position), tap.in, tap.weight});
    op.taps[axis + 1] = std::move(everywhere);
    op.out_shape[axis + 1] = extents[axis];
  }
  return op;
}

LinearOperator undo_division(LinearOperator op, std::int64_t first, double divisor) {
  // Channels may share a weight: the larger ones are further weights.
  const std::size_t count = op.weights.size();
  for (std::size_t i = 0; i < count; ++i)
    op.weights.push_back(static_cast<float>(op.weights[i] * divisor));
  for (Tap& tap : op.taps[0])
    if (tap.in >= first) tap.weight += narrow(op.extents[0]);
  op.extents[0] *= 2;
  return op;
}

LinearOperator sum_pool_operator(const graph::SumPool& pool, const tensor::Shape& in_shape) {
  const std::int64_t rows = window_outputs(in_shape[1], pool.kernel, pool.stride);
  const std::int64_t columns = window_outputs(in_shape[2], pool.kernel, pool.stride);
  LinearOperator op{in_shape, {in_shape[0], rows, columns}, {}, {1, 1, 1}, {1.0F}, {}};
  for (std::int64_t c = 0; c < in_shape[0]; ++c) op.taps[0].push_back({narrow(c), narrow(c), 0});
  op.taps[1] = window_taps(rows, in_shape[1], pool.kernel, pool.stride, 0);
  op.taps[2] = window_taps(columns, in_shape[2], pool.kernel, pool.stride, 0);
  for (std::size_t axis : {1U, 2U})
    for (Tap& tap : op.taps[axis]) tap.weight = 0;
  return op;
}

}  // namespace veilray::plan
