#pragma once
// For tests: graphs and values to try things on.
#include <algorithm>
#include <cmath>
#include <string>

#include "base/random.h"
#include "graph/builder.h"
#include "graph/graph.h"

namespace veilray::graph::testing_graphs {

/// Draws small numbers from a seed that a failing test prints.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_(seed) {}
  /// In [0, count).
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(rng_.next_u64() % static_cast<std::uint64_t>(count));
  }
  bool coin() { return below(2) == 1; }
  /// In [-limit, limit).
  float uniform(double limit) {
    const double unit = static_cast<double>(rng_.next_u64() >> 11) * 0x1p-53;
    return static_cast<float>((2 * unit - 1) * limit);
  }
  std::vector<float> values(std::int64_t count, double limit) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& value : out) value = uniform(limit);
    return out;
  }
  Tensor tensor(const Shape& shape, double limit) {
    return {shape, values(static_cast<std::int64_t>(tensor::element_count(shape)), limit)};
  }

 private:
  SeededRng rng_;
};

inline Conv2d random_conv(Draw& draw, std::int64_t in, std::int64_t out, std::int64_t groups) {
  const std::int64_t kh = 1 + draw.below(3), kw = 1 + draw.below(3);
  Conv2d conv{.weight = draw.tensor({out, in / groups, kh, kw}, 0.7)};
  if (draw.coin()) conv.bias = draw.values(out, 0.5);
  conv.groups = groups;
  conv.stride = 1 + draw.below(2);
  for (auto& padding : conv.padding) padding = draw.below(3);
  return conv;
}

/// Gives the rows and the columns of its result factors of their own, a few distinct ones, or not.
inline void add_factors(Conv2d& conv, const Shape& in, Draw& draw) {
  const auto drawn = [&](std::size_t axis) {
    const std::int64_t extent = in[axis] + conv.padding[axis - 1] + conv.padding[axis + 1];
    std::vector<float> factors(
        static_cast<std::size_t>((extent - conv.weight.shape[axis + 1]) / conv.stride + 1));
    for (float& factor : factors) factor = 0.5F * static_cast<float>(1 + draw.below(3));
    return factors;
  };
  if (draw.coin()) conv.row_factors = drawn(1);
  if (draw.coin()) conv.column_factors = drawn(2);
}

inline BatchNorm random_norm(Draw& draw, std::int64_t channels) {
  BatchNorm norm{.weight = draw.values(channels, 1.5),
                 .bias = draw.values(channels, 0.5),
                 .mean = draw.values(channels, 0.5),
                 .variance = draw.values(channels, 1)};
  for (float& variance : norm.variance) variance = std::abs(variance) + 0.1F;
  return norm;
}

/// alpha is positive, negative, zero or negligible; now and then everything is zero.
inline Polynomial random_activation(Draw& draw, bool quadratic) {
  const double beta = draw.uniform(1), c = draw.uniform(0.3);
  const double alpha = (draw.coin() ? 1 : -1) * (0.1 + std::abs(draw.uniform(0.5)));
  if (quadratic) return {{c, beta, alpha}};
  switch (draw.below(4)) {
    case 0:
      return {{0, 0, 0}};
    case 1:
      return {{c, beta, 0.0}};
    case 2:
      return {{c, beta, beta * 1e-9}};
    default:
      return {{c, beta, alpha}};
  }
}

inline Result<Graph> try_random_graph(Draw& draw) {
  std::int64_t channels = 2 * (1 + draw.below(2));
  GraphBuilder builder("random", {channels, 8 + draw.below(5), 8 + draw.below(5)});
  const std::int64_t stages = 1 + draw.below(3);
  for (std::int64_t i = 0; i < stages; ++i) {
    const std::string n = std::to_string(i);
    const std::int64_t out = 2 * (1 + draw.below(3));
    builder.add("conv" + n, random_conv(draw, channels, out, 1 + draw.below(2)));
    channels = out;
    if (draw.coin()) builder.add("bn" + n, random_norm(draw, channels));
    const bool pool_first = draw.below(4) == 0;
    if (pool_first) builder.add("pool" + n, AveragePool{2, 1 + draw.below(2)});
    if (draw.below(4) != 0) builder.add("act" + n, random_activation(draw, pool_first));
    if (!pool_first && draw.coin()) builder.add("pool" + n, AveragePool{2 + draw.below(2), 2});
  }
  const NodeId flat = builder.add("flatten", Flatten{});
  const std::int64_t features = builder.shape(flat).empty() ? 1 : builder.shape(flat)[0];
  builder.add("linear1", Linear{draw.tensor({5, features}, 0.3), draw.values(5, 0.5)});
  if (draw.coin()) {
    builder.add("act", random_activation(draw, false));
    builder.add("linear2", Linear{draw.tensor({3, 5}, 1), {}});
  }
  return std::move(builder).finish();
}

/// A chain with every kind of node: padding, stride, groups, pools, activations of every sort.
inline Graph random_graph(std::uint64_t seed) {
  Draw draw(seed);
  for (;;) {
    auto graph = try_random_graph(draw);  // some draws shrink a map to nothing
    if (graph.ok()) return std::move(graph).value();
  }
}

/// The largest difference, relative to the largest value.
inline double relative_error(const Tensor& got, const Tensor& want) {
  if (got.shape != want.shape) return INFINITY;
  double error = 0, size = 1e-3;
  for (std::size_t i = 0; i < want.data.size(); ++i) {
    error = std::max(error, std::abs(double{got.data[i]} - want.data[i]));
    size = std::max(size, std::abs(double{want.data[i]}));
  }
  return std::isnan(error) ? INFINITY : error / size;
}

}  // namespace veilray::graph::testing_graphs
