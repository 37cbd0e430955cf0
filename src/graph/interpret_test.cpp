#include "graph/interpret.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/graphs_testing.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

using testing_graphs::Draw;

Tensor apply(const Op& op, const Tensor& in) {
  return evaluate({"node", op, {NodeId{0}}, infer_shape(op, {in.shape}).value()}, {&in});
}

/// Straight from the definition: every tap asks whether it lies inside.
Tensor convolve_by_definition(const Conv2d& conv, const Tensor& in) {
  const Shape shape = infer_shape(conv, {in.shape}).value();
  const Shape& k = conv.weight.shape;
  Tensor out{shape, {}};
  for (std::int64_t o = 0; o < shape[0]; ++o) {
    const std::int64_t group = o * conv.groups / k[0];
    for (std::int64_t y = 0; y < shape[1]; ++y) {
      for (std::int64_t x = 0; x < shape[2]; ++x) {
        double sum = 0;
        for (std::int64_t tap = 0; tap < k[1] * k[2] * k[3]; ++tap) {
          const std::int64_t c = group * k[1] + tap / (k[2] * k[3]);
          const std::int64_t iy = y * conv.stride + tap / k[3] % k[2] - conv.padding[0];
          const std::int64_t ix = x * conv.stride + tap % k[3] - conv.padding[1];
          if (iy < 0 || ix < 0 || iy >= in.shape[1] || ix >= in.shape[2]) continue;
          const auto at = static_cast<std::size_t>((c * in.shape[1] + iy) * in.shape[2] + ix);
          const auto weight = static_cast<std::size_t>(o * k[1] * k[2] * k[3] + tap);
          sum += double{conv.weight.data[weight]} * in.data[at];
        }
        if (!conv.row_factors.empty()) sum *= conv.row_factors[static_cast<std::size_t>(y)];
        if (!conv.column_factors.empty()) sum *= conv.column_factors[static_cast<std::size_t>(x)];
        if (!conv.bias.empty()) sum += conv.bias[static_cast<std::size_t>(o)];
        out.data.push_back(static_cast<float>(sum));
      }
    }
  }
  return out;
}

TEST(Evaluate, ConvolvesAsTheDefinitionSays) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Draw draw(seed);
    const std::int64_t groups = 1 + draw.below(3);
    const std::int64_t in = groups * (1 + draw.below(3)), out = groups * (1 + draw.below(3));
    Conv2d conv = testing_graphs::random_conv(draw, in, out, groups);
    const Tensor input = draw.tensor({in, 3 + draw.below(6), 3 + draw.below(6)}, 1);
    testing_graphs::add_factors(conv, input.shape, draw);
    ASSERT_LT(
        testing_graphs::relative_error(apply(conv, input), convolve_by_definition(conv, input)),
        1e-6)
        << "seed " << seed;
  }
}

TEST(Evaluate, NormalisesEachChannel) {
  const BatchNorm norm{{2, 1}, {10, 0}, {1, -1}, {3.75F, 0.75F}, 0.25};
  EXPECT_EQ(apply(norm, {{2, 1, 2}, {1, 3, 0, 1}}).data, (std::vector<float>{10, 12, 1, 2}));
}

TEST(Evaluate, RaisesPolynomialsOfAnyDegree) {
  EXPECT_EQ(apply(Polynomial{{1, -2, 0, 3}}, {{3}, {0, 1, -2}}).data,
            (std::vector<float>{1, 2, -19}));
  EXPECT_EQ(apply(Polynomial{{7}}, {{2}, {1, 2}}).data, (std::vector<float>{7, 7}));
}

TEST(Evaluate, PoolsWindowsAndDropsTheIncompleteOne) {
  const Tensor in{{1, 3, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}};
  EXPECT_EQ(apply(AveragePool{2, 2}, in), (Tensor{{1, 1, 2}, {3, 5}}));
  EXPECT_EQ(apply(SumPool{2, 2}, in), (Tensor{{1, 1, 2}, {12, 20}}));
  EXPECT_EQ(apply(SumPool{3, 1}, in), (Tensor{{1, 1, 3}, {54, 63, 72}}));
}

TEST(Evaluate, MultipliesMatrixByVector) {
  const Linear linear{{{2, 3}, {1, 2, 3, 4, 5, 6}}, {100, 200}};
  EXPECT_EQ(apply(linear, {{3}, {1, 0, -1}}), (Tensor{{2}, {98, 198}}));
  EXPECT_EQ(apply(Linear{linear.weight, {}}, {{3}, {1, 0, -1}}), (Tensor{{2}, {-2, -2}}));
}

TEST(Evaluate, FlattensChannelFirst) {
  const Tensor in{{2, 1, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(apply(Flatten{}, in), (Tensor{{4}, {1, 2, 3, 4}}));
}

TEST(Evaluate, AddsElementByElement) {
  const Tensor a{{1, 1, 2}, {1, 2}}, b{{1, 1, 2}, {10, -20}};
  EXPECT_EQ(evaluate({"sum", Add{}, {}, a.shape}, {&a, &b}).data, (std::vector<float>{11, -18}));
}

TEST(Evaluate, GatesEachChannelWithItsFactor) {
  const Tensor x{{2, 1, 2}, {1, 2, 3, 4}}, factors{{2}, {10, -1}};
  EXPECT_EQ(evaluate({"gate", ChannelGate{}, {}, x.shape}, {&x, &factors}),
            (Tensor{{2, 1, 2}, {10, 20, -3, -4}}));
}

TEST(Evaluate, StacksSquaresBehindTheirRoots) {
  EXPECT_EQ(apply(StackSquares{}, {{1, 1, 2}, {3, -2}}), (Tensor{{2, 1, 2}, {3, -2, 9, 4}}));
}

TEST(Run, SumsInDouble) {
  // In float the ones drown in 1e8.
  const Linear linear{{{1, 4}, {1e8F, 1, 1, -1e8F}}, {}};
  EXPECT_EQ(apply(linear, {{4}, {1, 1, 1, 1}}).data[0], 2.0F);
}

TEST(Run, GivesTheOutputsValueAmongAll) {
  const Graph graph = testing_graphs::random_graph(3);
  const Tensor input = Draw(1).tensor(graph.input_shape(), 1);
  const auto values = run_all(graph, input);
  ASSERT_EQ(values.size(), graph.nodes.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i].shape, graph.nodes[i].shape);
    EXPECT_EQ(values[i].data.size(), tensor::element_count(values[i].shape));
  }
  EXPECT_EQ(run(graph, input), values[graph.output.value]);
}

TEST(Run, FailsIfTheInputHasAnotherShape) {
  const Graph graph = testing_graphs::random_graph(3);
  EXPECT_THROW(run(graph, Tensor::zeros({1, 2, 3})), Error);
  EXPECT_THROW(run(graph, Tensor{graph.input_shape(), {1}}), Error);
}

}  // namespace
}  // namespace veilray::graph
