#pragma once
// Every linear layer in one form. Convolution, pooling and dense layers are sparse in the same way:
// which input feeds which output, and through which weight, factorises over the three axes. An
// operator is three short lists of taps; its entries are their product.
#include <array>
#include <cstdint>
#include <vector>

#include "graph/op.h"
#include "tensor/tensor.h"

namespace veilray::plan {

/// out[.. out ..] += weights[.. weight ..] * in[.. in ..] along one axis.
struct Tap {
  std::int32_t out;
  std::int32_t in;
  std::int32_t weight;
  friend bool operator==(const Tap&, const Tap&) = default;
};

struct LinearOperator {
  tensor::Shape in_shape, out_shape;      // [c, h, w]
  std::array<std::vector<Tap>, 3> taps;   // channel, row, column
  std::array<std::int64_t, 3> extents{};  // of the weight array: channel pairs, rows, columns
  std::vector<float> weights;
  std::vector<float> bias;  // per output channel, or empty
  /// Of outputs by their row and by their column, the distinct ones. Where there are any, a tap's
  /// weight is (which factor) * extent + (which weight): as ever, what has the same number is the
  /// same.
  std::array<std::vector<float>, 2> factors = {};

  double weight(const Tap& c, const Tap& y, const Tap& x) const {
    const Factored row = factored(1, y), column = factored(2, x);
    return row.factor * column.factor *
           static_cast<double>(weights[static_cast<std::size_t>(
               (c.weight * extents[1] + row.weight) * extents[2] + column.weight)]);
  }
  friend bool operator==(const LinearOperator&, const LinearOperator&) = default;

 private:
  struct Factored {
    std::int64_t weight;
    double factor;
  };
  Factored factored(std::size_t axis, const Tap& tap) const {
    const auto& all = factors[axis - 1];
    if (all.empty()) return {tap.weight, 1.0};
    const auto which = static_cast<std::size_t>(tap.weight / extents[axis]);
    return {tap.weight % extents[axis], static_cast<double>(all[which])};
  }
};

/// Conv2d with groups, stride and zero padding on an input of shape [c, h, w].
LinearOperator conv2d_operator(const graph::Conv2d& conv, const tensor::Shape& in_shape);
/// A dense layer on the flattened sums over pool x pool windows of an input [c, h, w] (pool = 1:
/// none). Output shape [n, 1, 1].
LinearOperator linear_operator(const graph::Linear& linear, const tensor::Shape& in_shape,
                               std::int64_t pool);
/// An operator whose result is [c, 1, 1], giving it to every position of [c, rows, columns].
LinearOperator broadcast(LinearOperator op, std::int64_t rows, std::int64_t columns);
/// For inputs whose channels from `first` on come divided by `divisor`.
LinearOperator undo_division(LinearOperator op, std::int64_t first, double divisor);
/// Sums over windows, as an operator of its own: for windows that no layout makes free.
LinearOperator sum_pool_operator(const graph::SumPool& pool, const tensor::Shape& in_shape);

}  // namespace veilray::plan
