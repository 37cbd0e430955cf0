#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "graph/passes/fold_activation.h"
#include "graph/passes/fold_batch_norm.h"
#include "graph/passes/fold_pooling.h"
#include "graph/passes/pipeline.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

using ::testing::HasSubstr;
using testing_graphs::Draw;
using testing_graphs::relative_error;

/// conv -> what `middle` adds -> linear, so that every fold has somewhere to go.
template <class Middle>
Graph sandwich(Middle middle) {
  Draw draw(7);
  GraphBuilder builder("sandwich", {2, 6, 6});
  builder.add("conv", Conv2d{draw.tensor({4, 2, 3, 3}, 1), draw.values(4, 1)});
  middle(builder, draw);
  const NodeId flat = builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({3, builder.shape(flat)[0]}, 0.3), draw.values(3, 1)});
  return std::move(builder).finish().value();
}

Graph with_activation(double c, double beta, double alpha) {
  return sandwich([&](GraphBuilder& builder, Draw&) {
    builder.add("act", Polynomial{{c, beta, alpha}});
    builder.add("pool", AveragePool{});
  });
}

double change(const Graph& before, const Graph& after) {
  double worst = 0;
  for (std::uint64_t seed = 100; seed < 103; ++seed) {
    const Tensor input = Draw(seed).tensor(before.input_shape(), 2);
    worst = std::max(worst, relative_error(run(after, input), run(before, input)));
  }
  return worst;
}

TEST(Lowering, PreservesTheFunctionOfRandomNetworks) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Graph before = testing_graphs::random_graph(seed);
    const auto after = lower_to_linear_and_polynomial(before);
    ASSERT_TRUE(after.ok()) << "seed " << seed << ": " << after.failure().line() << "\n"
                            << to_text(before);
    ASSERT_LT(change(before, after.value()), 1e-4) << "seed " << seed << "\n" << to_text(before);
  }
}

TEST(Lowering, LeavesOnlyLinearOperationsAndMonicSquares) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto graph = lower_to_linear_and_polynomial(testing_graphs::random_graph(seed)).value();
    for (const Node& node : graph.nodes) {
      EXPECT_FALSE(std::holds_alternative<BatchNorm>(node.op)) << "seed " << seed;
      EXPECT_FALSE(std::holds_alternative<AveragePool>(node.op)) << "seed " << seed;
      if (const auto* polynomial = std::get_if<Polynomial>(&node.op)) {
        ASSERT_EQ(polynomial->coefficients.size(), 3U) << "seed " << seed;
        EXPECT_EQ(polynomial->coefficients[2], 1) << "seed " << seed;
      }
    }
  }
}

TEST(Lowering, IsIdempotent) {
  const auto once = lower_to_linear_and_polynomial(testing_graphs::random_graph(5)).value();
  const auto twice = lower_to_linear_and_polynomial(once).value();
  EXPECT_EQ(to_text(once), to_text(twice));
  EXPECT_EQ(change(once, twice), 0);
}

TEST(Lowering, RefusesWhatItCannotFoldNamingTheNode) {
  const auto refusal = [](auto middle) {
    const auto result = lower_to_linear_and_polynomial(sandwich(middle));
    return result.ok() ? "" : result.failure().line();
  };
  EXPECT_THAT(
      refusal([](GraphBuilder& b, Draw&) { b.add("quartic", Polynomial{{0, 1, 1, 1, 1}}); }),
      HasSubstr("quartic"));
  EXPECT_THAT(refusal([](GraphBuilder& b, Draw& draw) {
                b.add("act", Polynomial{{0, 1, 1}});
                b.add("late_norm", testing_graphs::random_norm(draw, 4));
              }),
              HasSubstr("late_norm"));
  EXPECT_THAT(refusal([](GraphBuilder& b, Draw&) {
                b.add("first", Polynomial{{0, 1, 2}});
                b.add("second", Polynomial{{0, 1, 2}});
              }),
              HasSubstr("first"));
}

TEST(Lowering, RefusesAGraphThatDoesNotVerify) {
  Graph graph = testing_graphs::random_graph(1);
  graph.nodes[1].shape = {1};
  EXPECT_FALSE(lower_to_linear_and_polynomial(graph).ok());
}

TEST(FoldBatchNorm, MakesOneConvolutionOfTwoNodes) {
  const Graph before = sandwich([](GraphBuilder& builder, Draw& draw) {
    builder.add("bn", testing_graphs::random_norm(draw, 4));
  });
  const Graph after = fold_batch_norm(before);
  EXPECT_TRUE(verify(after).ok());
  EXPECT_LT(change(before, after), 1e-5);
  EXPECT_EQ(to_text(after),
            "graph sandwich\n"
            "input = input() : [2, 6, 6]\n"
            "conv = conv2d(input) 4x2x3x3 bias : [4, 4, 4]\n"
            "flatten = flatten(conv) : [64]\n"
            "linear = linear(flatten) 3x64 bias : [3]\n"
            "return linear\n");
}

TEST(FoldBatchNorm, KeepsAConvolutionThatOthersReadToo) {
  Draw draw(3);
  GraphBuilder builder("branch", {2, 4, 4});
  const NodeId conv = builder.add("conv", Conv2d{draw.tensor({2, 2, 1, 1}, 1), {}});
  builder.add("bn", testing_graphs::random_norm(draw, 2));
  builder.add("other", Conv2d{draw.tensor({2, 2, 1, 1}, 1), {}}, {conv});
  const Graph before = std::move(builder).finish().value();
  EXPECT_EQ(to_text(fold_batch_norm(before)), to_text(before));
}

TEST(FoldPooling, MovesTheFactorThroughFlattenIntoTheNextLayer) {
  const Graph before =
      sandwich([](GraphBuilder& builder, Draw&) { builder.add("pool", AveragePool{2, 1}); });
  const Graph after = fold_pooling(before);
  EXPECT_LT(change(before, after), 1e-5);
  EXPECT_EQ(to_text(after),
            "graph sandwich\n"
            "input = input() : [2, 6, 6]\n"
            "conv = conv2d(input) 4x2x3x3 bias : [4, 4, 4]\n"
            "pool = sum_pool(conv) 2 stride 1 : [4, 3, 3]\n"
            "flatten = flatten(pool) : [36]\n"
            "linear = linear(flatten) 3x36 bias : [3]\n"
            "return linear\n");
}

TEST(FoldPooling, MovesTheFactorBackIfAnActivationFollows) {
  const Graph before = sandwich([](GraphBuilder& builder, Draw&) {
    builder.add("pool", AveragePool{});
    builder.add("act", Polynomial{{1, 2, 3}});
  });
  const Graph after = fold_pooling(before);
  EXPECT_LT(change(before, after), 1e-5);
  EXPECT_THAT(to_text(after), HasSubstr("sum_pool(conv)"));
}

TEST(FoldPooling, KeepsAPoolThatHasNowhereToPutItsFactor) {
  GraphBuilder builder("pool", {1, 4, 4});
  builder.add("pool", AveragePool{});
  const Graph before = std::move(builder).finish().value();
  EXPECT_EQ(to_text(fold_pooling(before)), to_text(before));
}

TEST(FoldActivation, MakesTheSquareMonic) {
  for (const double alpha : {0.1, -0.1, 3.0, -1.0}) {
    const Graph before = with_activation(0.25, 0.5, alpha);
    const Graph after = fold_activation(before);
    EXPECT_LT(change(before, after), 1e-5) << alpha;
    const auto& folded = std::get<Polynomial>(after.nodes[2].op).coefficients;
    EXPECT_EQ(folded, (std::vector<double>{0.25 / alpha, 0.5 / alpha, 1})) << alpha;
  }
}

TEST(FoldActivation, RemovesAnAffineOne) {
  for (const double alpha : {0.0, 4e-8, -4e-8}) {
    const Graph before = with_activation(0.25, 0.5, alpha);
    const Graph after = fold_activation(before);
    EXPECT_EQ(after.nodes.size(), before.nodes.size() - 1) << alpha;
    EXPECT_LT(change(before, after), 1e-5) << alpha;
  }
}

TEST(FoldActivation, KeepsASmallAlphaThatMatters) {
  const Graph after = fold_activation(with_activation(0.25, 0.5, 6e-8));
  EXPECT_THAT(to_text(after), HasSubstr("x^2"));
}

TEST(FoldActivation, KeepsASmallAlphaThatIsAlone) {
  const Graph before = with_activation(0, 0, 1e-9);
  const Graph after = fold_activation(before);
  EXPECT_LT(change(before, after), 1e-5);
  EXPECT_THAT(to_text(after), HasSubstr("+1 x^2 +0 x +0"));
}

TEST(FoldActivation, TurnsAnAllZeroActivationIntoAConstantNetwork) {
  const Graph before = with_activation(0, 0, 0);
  const Graph after = fold_activation(before);
  EXPECT_EQ(after.nodes.size(), before.nodes.size() - 1);
  EXPECT_EQ(change(before, after), 0);
}

TEST(FoldActivation, DropsAnIdentityThatHasNothingBefore) {
  Draw draw(2);
  GraphBuilder builder("identity", {1, 2, 2});
  builder.add("nothing", Polynomial{{0, 1}});
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({2, 4}, 1), {}});
  const Graph before = std::move(builder).finish().value();
  const Graph after = fold_activation(before);
  EXPECT_EQ(after.nodes.size(), 3U);
  EXPECT_EQ(change(before, after), 0);
}

TEST(FoldActivation, KeepsAnOutputThatIsAnActivation) {
  Draw draw(2);
  GraphBuilder builder("open", {1, 2, 2});
  builder.add("conv", Conv2d{draw.tensor({1, 1, 1, 1}, 1), {}});
  builder.add("act", Polynomial{{0, 1, 2}});
  const Graph before = std::move(builder).finish().value();
  EXPECT_EQ(to_text(fold_activation(before)), to_text(before));
  EXPECT_FALSE(lower_to_linear_and_polynomial(before).ok());
}

}  // namespace
}  // namespace veilray::graph
