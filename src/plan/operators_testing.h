#pragma once
// For tests: a linear operator by its definition.
#include "plan/linear_operator.h"

namespace veilray::plan::testing_operators {

/// The sum over all triples of taps, as linear_operator.h says.
inline tensor::Tensor apply(const LinearOperator& op, const tensor::Tensor& in) {
  const auto index = [](const tensor::Shape& s, std::int64_t c, std::int64_t y, std::int64_t x) {
    return static_cast<std::size_t>((c * s[1] + y) * s[2] + x);
  };
  std::vector<double> sums(tensor::element_count(op.out_shape), 0.0);
  for (const Tap& c : op.taps[0])
    for (const Tap& y : op.taps[1])
      for (const Tap& x : op.taps[2])
        sums[index(op.out_shape, c.out, y.out, x.out)] +=
            op.weight(c, y, x) * static_cast<double>(in.data[index(op.in_shape, c.in, y.in, x.in)]);
  auto out = tensor::Tensor::zeros(op.out_shape);
  const std::size_t plane = out.data.size() / static_cast<std::size_t>(op.out_shape[0]);
  for (std::size_t i = 0; i < out.data.size(); ++i)
    out.data[i] = static_cast<float>(
        sums[i] + (op.bias.empty() ? 0.0 : static_cast<double>(op.bias[i / plane])));
  return out;
}

}  // namespace veilray::plan::testing_operators
