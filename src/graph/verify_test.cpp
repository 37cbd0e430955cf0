#include "graph/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "graph/graphs_testing.h"

namespace veilray::graph {
namespace {

using ::testing::HasSubstr;
using testing_graphs::Draw;

Graph small_graph() {
  Draw draw(1);
  GraphBuilder builder("small", {2, 6, 6});
  builder.add("conv", Conv2d{draw.tensor({4, 2, 3, 3}, 1), draw.values(4, 1)});
  builder.add("bn", testing_graphs::random_norm(draw, 4));
  builder.add("act", Polynomial{{0, 1, 2}});
  builder.add("pool", AveragePool{});
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({3, 16}, 1), draw.values(3, 1)});
  return std::move(builder).finish().value();
}

template <class T>
T& op(Graph& graph, const std::string& name) {
  for (Node& node : graph.nodes) {
    if (node.name == name) return std::get<T>(node.op);
  }
  throw std::out_of_range(name);
}

/// What verify says of a graph after `spoil`.
template <class Spoil>
std::string complaint(Spoil spoil) {
  Graph graph = small_graph();
  spoil(graph);
  const Status status = verify(graph);
  return status.ok() ? "" : status.failure().line();
}

Result<Shape> conv_shape(const Shape& in, Conv2d conv) { return infer_shape(conv, {in}); }

TEST(InferShape, CountsTheWindowsOfAConvolution) {
  Conv2d conv{.weight = Tensor::zeros({6, 1, 3, 2})};
  conv.groups = 2;
  conv.stride = 2;
  conv.padding = {1, 0, 2, 1};
  EXPECT_EQ(conv_shape({2, 7, 8}, conv).value(), (Shape{6, 4, 4}));
}

TEST(InferShape, FailsIfAConvolutionHasNotOneFactorForEachRowAndColumn) {
  Conv2d conv{.weight = Tensor::zeros({1, 1, 3, 2})};  // [1, 5, 5] to [1, 3, 4]
  conv.row_factors = {1, 2, 3};
  conv.column_factors = {1, 2, 3, 4};
  EXPECT_EQ(conv_shape({1, 5, 5}, conv).value(), (Shape{1, 3, 4}));
  EXPECT_FALSE(conv_shape({1, 6, 5}, conv).ok());
  EXPECT_FALSE(conv_shape({1, 5, 4}, conv).ok());
}

TEST(InferShape, DropsTheLastIncompleteWindowOfAPool) {
  EXPECT_EQ(infer_shape(AveragePool{2, 2}, {{3, 5, 7}}).value(), (Shape{3, 2, 3}));
  EXPECT_EQ(infer_shape(SumPool{3, 1}, {{3, 5, 7}}).value(), (Shape{3, 3, 5}));
  EXPECT_FALSE(infer_shape(AveragePool{6, 2}, {{3, 5, 7}}).ok());
}

TEST(InferShape, FailsIfWeightsDoNotFit) {
  const Conv2d good{.weight = Tensor::zeros({4, 2, 3, 3})};
  ASSERT_TRUE(conv_shape({2, 6, 6}, good).ok());
  EXPECT_FALSE(conv_shape({3, 6, 6}, good).ok());
  EXPECT_FALSE(conv_shape({2, 2, 6}, good).ok()) << "kernel higher than the input";
  EXPECT_FALSE(conv_shape({72}, good).ok());
  const auto spoilt = [&](auto spoil) {
    Conv2d conv = good;
    spoil(conv);
    return conv_shape({2, 6, 6}, conv).ok();
  };
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.bias = {1, 2}; }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.groups = 0; }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.groups = 3; }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.stride = 0; }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.padding[1] = -1; }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.weight.data.pop_back(); }));
  EXPECT_FALSE(spoilt([](Conv2d& conv) { conv.weight.shape = {4, 2, 9}; }));
  EXPECT_FALSE(infer_shape(Linear{Tensor::zeros({2, 3}), {}}, {{4}}).ok());
  EXPECT_FALSE(infer_shape(Linear{Tensor::zeros({2, 3}), {1}}, {{3}}).ok());
  EXPECT_FALSE(infer_shape(Polynomial{}, {{3}}).ok());
  EXPECT_FALSE(infer_shape(Flatten{}, {}).ok());
}

TEST(InferShape, TakesTwoInputsThatFitEachOtherForSumsAndGates) {
  EXPECT_EQ(infer_shape(Add{}, {{2, 3, 4}, {2, 3, 4}}).value(), (Shape{2, 3, 4}));
  EXPECT_FALSE(infer_shape(Add{}, {{2, 3, 4}, {2, 4, 3}}).ok());
  EXPECT_FALSE(infer_shape(Add{}, {{2, 3, 4}}).ok());
  EXPECT_EQ(infer_shape(ChannelGate{}, {{2, 3, 4}, {2}}).value(), (Shape{2, 3, 4}));
  EXPECT_FALSE(infer_shape(ChannelGate{}, {{2, 3, 4}, {3}}).ok());
  EXPECT_FALSE(infer_shape(ChannelGate{}, {{2, 3, 4}, {2, 1, 1}}).ok());
  EXPECT_FALSE(infer_shape(ChannelGate{}, {{2}, {2}}).ok());
  EXPECT_FALSE(infer_shape(ChannelGate{}, {{2, 3, 4}}).ok());
  EXPECT_FALSE(infer_shape(Flatten{}, {{2}, {2}}).ok());
}

TEST(InferShape, FailsBeforeExtentsOverflow) {
  constexpr auto kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(infer_shape(Flatten{}, {{kHuge, kHuge, kHuge}}).ok());
  EXPECT_FALSE(infer_shape(Flatten{}, {{1 << 14, 1 << 14, 1 << 14}}).ok());
  EXPECT_FALSE(infer_shape(Flatten{}, {{-1, -1, 1}}).ok());
  Conv2d conv{.weight = Tensor::zeros({1, 1, 1, 1})};
  conv.padding = {kHuge, 0, kHuge, 0};
  EXPECT_FALSE(conv_shape({1, 4, 4}, conv).ok());
  EXPECT_FALSE(infer_shape(AveragePool{kHuge, 1}, {{1, 4, 4}}).ok());
}

TEST(Verify, AcceptsWhatTheBuilderMakes) {
  EXPECT_EQ(complaint([](Graph&) {}), "");
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_TRUE(verify(testing_graphs::random_graph(seed)).ok()) << "seed " << seed;
  }
}

TEST(Verify, RefusesNanAndInfinityNamingTheNode) {
  const float nan = std::nanf("");
  EXPECT_THAT(complaint([&](Graph& g) { op<Conv2d>(g, "conv").weight.data[7] = nan; }),
              HasSubstr("NaN or infinite: conv"));
  EXPECT_THAT(complaint([&](Graph& g) { op<Conv2d>(g, "conv").row_factors = {1, 1, nan, 1}; }),
              HasSubstr("NaN or infinite: conv"));
  EXPECT_THAT(complaint([](Graph& g) { op<Linear>(g, "linear").bias[0] = INFINITY; }),
              HasSubstr("NaN or infinite: linear"));
  EXPECT_THAT(complaint([&](Graph& g) { op<BatchNorm>(g, "bn").mean[3] = nan; }),
              HasSubstr("NaN or infinite: bn"));
  EXPECT_THAT(complaint([](Graph& g) { op<Polynomial>(g, "act").coefficients[1] = -INFINITY; }),
              HasSubstr("NaN or infinite: act"));
}

TEST(Verify, RefusesNegativeVariance) {
  EXPECT_THAT(complaint([](Graph& g) { op<BatchNorm>(g, "bn").variance[0] = -1; }),
              HasSubstr("bad variance: bn"));
}

TEST(Verify, RefusesAWrongShapeNamingTheNode) {
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[4].shape = {4, 3, 3}; }), HasSubstr("pool"));
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[0].shape = {2, 7, 6}; }), HasSubstr("conv"));
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[0].shape = {2, 6}; }), HasSubstr("input"));
}

TEST(Verify, RefusesABrokenOrder) {
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[2].inputs = {NodeId{2}}; }), HasSubstr("later"));
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[2].inputs = {NodeId{5}}; }), HasSubstr("later"));
  EXPECT_THAT(complaint([](Graph& g) { g.output = NodeId{99}; }), HasSubstr("output"));
  EXPECT_THAT(complaint([](Graph& g) { g.nodes.clear(); }), HasSubstr("first node"));
  EXPECT_NE(complaint([](Graph& g) { g.nodes[3] = g.nodes[0]; }), "");
  EXPECT_NE(complaint([](Graph& g) { g.nodes[3].inputs = {NodeId{1}, NodeId{2}}; }), "");
}

TEST(Verify, RefusesNamesThatDoNotTellNodesApart) {
  EXPECT_THAT(complaint([](Graph& g) { g.nodes[2].name = "conv"; }), HasSubstr("same name: conv"));
  EXPECT_NE(complaint([](Graph& g) { g.nodes[2].name = ""; }), "");
}

}  // namespace
}  // namespace veilray::graph
