#include "plan/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/architectures/networks_testing.h"
#include "graph/architectures/random_weights.h"
#include "graph/architectures/registry.h"
#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

using graph::Conv2d;
using graph::Flatten;
using graph::Linear;
using graph::Polynomial;
using graph::SumPool;
using ::testing::HasSubstr;
using testing_networks::Draw;

/// The nodes one after the other on [2, 9, 9].
graph::Graph chain(std::vector<graph::Op> ops) {
  return testing_layouts::one_node_graph({2, 9, 9}, std::move(ops));
}
Conv2d conv(std::int64_t in = 2, std::int64_t out = 2, std::int64_t kernel = 2) {
  return {.weight = tensor::Tensor::zeros({out, in, kernel, kernel})};
}
Linear linear(std::int64_t in, std::int64_t out = 3) { return {tensor::Tensor::zeros({out, in})}; }
const Polynomial kSquare{{0.5, -2.0, 1.0}};

TEST(Stages, JoinAnOperatorItsActivationAndItsPool) {
  const auto made = stages(chain({conv(), kSquare, SumPool{2, 2}, conv(), Flatten{}, linear(18)}));
  ASSERT_TRUE(made.ok()) << made.failure().line();
  ASSERT_EQ(made.value().size(), 3U);
  const Stage& first = made.value()[0];
  EXPECT_EQ(first.name, "op0");
  ASSERT_TRUE(first.activation);
  EXPECT_EQ(first.activation->linear, -2.0);
  EXPECT_EQ(first.activation->constant, 0.5);
  EXPECT_EQ(first.pool, 2);
  EXPECT_EQ(first.out_shape(), (tensor::Shape{2, 8, 8}));
  EXPECT_EQ(first.pooled_shape(), (tensor::Shape{2, 4, 4}));
  EXPECT_EQ(first.levels(), 2U);
  EXPECT_EQ(made.value()[1].op.in_shape, first.pooled_shape());
  EXPECT_EQ(made.value()[1].levels(), 1U);
}

TEST(Stages, MergeAPoolIntoTheDenseLayerAfterIt) {
  const auto made = stages(chain({conv(), kSquare, SumPool{3, 3}, Flatten{}, linear(8)}));
  ASSERT_TRUE(made.ok()) << made.failure().line();
  ASSERT_EQ(made.value().size(), 2U);
  EXPECT_EQ(made.value()[0].pool, 1);
  EXPECT_EQ(made.value()[1].op.in_shape, (tensor::Shape{2, 8, 8}));
}

TEST(Stages, MakeAPoolThatNoLayoutFreesAStageOfItsOwn) {
  for (const SumPool pool : {SumPool{3, 3}, SumPool{2, 1}, SumPool{2, 3}}) {
    const std::int64_t side = (8 - pool.kernel) / pool.stride + 1;
    const auto made =
        stages(chain({conv(), kSquare, pool, conv(2, 2, 1), Flatten{}, linear(2 * side * side)}));
    ASSERT_TRUE(made.ok()) << made.failure().line();
    ASSERT_EQ(made.value().size(), 4U);
    EXPECT_EQ(made.value()[1].name, "op2");
    EXPECT_EQ(made.value()[1].out_shape(), (tensor::Shape{2, side, side}));
  }
}

TEST(Stages, OfHefnetAreFiveAndTakeNineLevels) {
  const graph::ArchitectureSpec spec;
  const auto network =
      graph::build(spec, graph::random_weights({"hefnet", "none", 4, 32}, 1).value()).value();
  const auto made = stages(graph::lower_to_linear_and_polynomial(network).value()).value();
  ASSERT_EQ(made.size(), 5U);
  EXPECT_EQ(testing_networks::levels_of(made), 9U);
  EXPECT_EQ(made[4].op.in_shape, (tensor::Shape{256, 4, 4})) << "the last pool is merged";
}

graph::Graph attentive(const std::string& name, const std::string& attention) {
  const graph::ArchitectureSpec spec{name, attention, 4, 32};
  return graph::lower_to_linear_and_polynomial(
             graph::build(spec, graph::testing_graphs::plain_weights(spec)).value())
      .value();
}

TEST(Stages, MakeTwoOfSqueezeAndExcitation) {
  const auto made = stages(attentive("hefnet", "se")).value();
  ASSERT_EQ(made.size(), 7U);
  EXPECT_EQ(testing_networks::levels_of(made), 15U);
  EXPECT_FALSE(made[3].activation) << "it comes after the gate";
  EXPECT_TRUE(made[4].folded);
  EXPECT_EQ(made[4].out_shape(), (tensor::Shape{16, 1, 1}));
  const Stage& gate = made[5];
  EXPECT_EQ(gate.gates, std::optional<std::size_t>(3));
  EXPECT_EQ(gate.out_shape(), made[3].out_shape()) << "to every position";
  EXPECT_TRUE(gate.cubic);
  EXPECT_TRUE(gate.activation);
  EXPECT_TRUE(made[6].folded);
}

TEST(Stages, ReadSquaresForCbam) {
  const auto made = stages(attentive("vgg5", "cbam")).value();
  ASSERT_EQ(made.size(), 7U);
  EXPECT_EQ(testing_networks::levels_of(made), 16U);
  EXPECT_TRUE(made[3].activation) << "it comes before the gate";
  EXPECT_TRUE(made[4].stacks_squares);
  EXPECT_EQ(made[4].op.in_shape, (tensor::Shape{512, 4, 4}));
  EXPECT_EQ(made[5].gates, std::optional<std::size_t>(3));
}

void expect_refused(const graph::Graph& network, const std::string& why) {
  const auto made = stages(network);
  ASSERT_FALSE(made.ok()) << why;
  EXPECT_EQ(made.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(made.failure().line(), HasSubstr(why));
}

TEST(Stages, FailIfTheNetworkBranches) {
  graph::GraphBuilder builder("branch", {2, 4, 4});
  const auto input = builder.add("conv1", conv(2, 2, 1));
  builder.add("conv2", conv(2, 2, 1));
  builder.add("conv3", conv(2, 2, 1), {input});
  builder.add("flatten", Flatten{});
  builder.add("linear", linear(32));
  expect_refused(std::move(builder).finish().value(), "conv3 (conv2d)");
}

TEST(Stages, FailIfAnActivationIsNoMonicSquareAfterALinearLayer) {
  expect_refused(chain({conv(), Polynomial{{0, 1, 2}}, Flatten{}, linear(128)}), "monic");
  expect_refused(chain({conv(), Polynomial{{0, 1, 0, 2}}, Flatten{}, linear(128)}), "monic");
  expect_refused(chain({conv(), Polynomial{{0, 1, 3, 1}}, Flatten{}, linear(128)}), "monic");
  expect_refused(chain({kSquare, Flatten{}, linear(162)}), "must follow a linear layer");
  expect_refused(chain({conv(), kSquare, kSquare, Flatten{}, linear(128)}), "must follow");
  expect_refused(chain({conv(), SumPool{2, 2}, kSquare, Flatten{}, linear(32)}), "must follow");
}

TEST(Stages, FailIfAConstantIsAddedElsewhereThanAfterAGate) {
  expect_refused(chain({conv(), Polynomial{{0.5, 1}}, Flatten{}, linear(128)}),
                 "after a gate only");
}

TEST(Stages, FailIfAGateIsMadeOfSomethingElse) {
  graph::GraphBuilder builder("gate", {2, 4, 4});
  const auto x = builder.add("conv1", conv(2, 2, 1));
  builder.add("pool", SumPool{4, 4});
  builder.add("flatten1", Flatten{});
  const auto factors = builder.add("linear1", linear(2, 2));
  builder.add("gate", graph::ChannelGate{}, {x, factors});
  builder.add("flatten2", Flatten{});
  builder.add("linear2", linear(32));
  expect_refused(std::move(builder).finish().value(), "two dense layers on its own input");
}

TEST(Stages, MakeASumPartOfTheLayerThatReadsTheResultBefore) {
  // The shortcut's layer comes first or last, and is either operand.
  for (const bool shortcut_first : {false, true}) {
    graph::GraphBuilder builder("sum", {2, 4, 4});
    const auto x = builder.add("conv1", conv(2, 2, 1));
    graph::NodeId shortcut{};
    auto with_bias = conv(2, 2, 1);
    with_bias.bias = {1.0F, 2.0F};
    if (shortcut_first) shortcut = builder.add("shortcut", with_bias, {x});
    builder.add("conv2", conv(2, 2, 1), {x});
    const auto act = builder.add("act2", kSquare);
    const auto y = builder.add("conv3", with_bias, {act});
    if (!shortcut_first) shortcut = builder.add("shortcut", with_bias, {x});
    const std::vector<graph::NodeId> operands =
        shortcut_first ? std::vector{shortcut, y} : std::vector{y, shortcut};
    builder.add("sum", graph::Add{}, operands);
    builder.add("act3", kSquare);
    builder.add("flatten", Flatten{});
    builder.add("linear", linear(32));
    const auto made = stages(std::move(builder).finish().value());
    ASSERT_TRUE(made.ok()) << made.failure().line();
    ASSERT_EQ(made.value().size(), 4U);
    const Stage& sum = made.value()[2];
    EXPECT_EQ(sum.name, "sum");
    ASSERT_EQ(sum.shortcuts.size(), 1U);
    EXPECT_EQ(sum.shortcuts[0].from.value, 1U) << "the first stage's result";
    EXPECT_EQ(sum.op.bias, (std::vector{2.0F, 4.0F})) << "both";
    EXPECT_TRUE(sum.shortcuts[0].op.bias.empty());
    EXPECT_TRUE(sum.activation);
    EXPECT_EQ(sum.levels(), 2U) << "a sum takes none";
  }
}

TEST(Stages, OfResnet20AreAsManyAsItsLayersAndTakeThirtyLevels) {
  const graph::ArchitectureSpec spec{"resnet20", "none", 4, 32};
  const auto network = graph::build(spec, graph::random_weights(spec, 1).value()).value();
  const auto made = stages(graph::lower_to_linear_and_polynomial(network).value());
  ASSERT_TRUE(made.ok()) << made.failure().line();
  ASSERT_EQ(made.value().size(), 20U);
  EXPECT_EQ(testing_networks::levels_of(made.value()), 30U);
  std::size_t sums = 0;
  for (const Stage& stage : made.value()) sums += stage.shortcuts.size();
  EXPECT_EQ(sums, 9U);
}

TEST(Stages, FailIfASumIsNotOfLinearLayers) {
  graph::GraphBuilder builder("sum", {2, 4, 4});
  const auto x = builder.add("conv1", conv(2, 2, 1));
  const auto y = builder.add("conv2", conv(2, 2, 1));
  builder.add("sum", graph::Add{}, {x, y});
  builder.add("flatten", Flatten{});
  builder.add("linear", linear(32));
  expect_refused(std::move(builder).finish().value(), "only linear layers of its own");
}

TEST(Stages, FailIfBothBranchesOfASumHaveAnActivation) {
  graph::GraphBuilder builder("sum", {2, 4, 4});
  const auto x = builder.add("conv1", conv(2, 2, 1));
  const auto branch = [&](const std::string& name) {
    builder.add(name + "1", conv(2, 2, 1), {x});
    builder.add(name + "act", kSquare);
    return builder.add(name + "2", conv(2, 2, 1));
  };
  const auto left = branch("left");
  builder.add("sum", graph::Add{}, {left, branch("right")});
  builder.add("flatten", Flatten{});
  builder.add("linear", linear(32));
  expect_refused(std::move(builder).finish().value(), "right1 (conv2d)");
}

TEST(Stages, FailIfAnActivationTakesTheResultThatAShortcutReads) {
  graph::GraphBuilder builder("sum", {2, 4, 4});
  const auto x = builder.add("conv1", conv(2, 2, 1));
  builder.add("act", kSquare);
  const auto y = builder.add("conv2", conv(2, 2, 1));
  builder.add("sum", graph::Add{}, {y, builder.add("shortcut", conv(2, 2, 1), {x})});
  builder.add("flatten", Flatten{});
  builder.add("linear", linear(32));
  expect_refused(std::move(builder).finish().value(), "sum (add)");
}

TEST(Stages, KeepAPoolApartFromTheResultThatAShortcutReads) {
  graph::GraphBuilder builder("sum", {2, 4, 4});
  const auto x = builder.add("conv1", conv(2, 2, 1));
  builder.add("pool", SumPool{2, 2});
  const auto y = builder.add("conv2", conv(2, 2, 1));
  auto strided = conv(2, 2, 1);
  strided.stride = 2;
  builder.add("sum", graph::Add{}, {y, builder.add("shortcut", strided, {x})});
  builder.add("flatten", Flatten{});
  builder.add("linear", linear(8));
  const auto made = stages(std::move(builder).finish().value());
  ASSERT_TRUE(made.ok()) << made.failure().line();
  ASSERT_EQ(made.value().size(), 4U);
  EXPECT_EQ(made.value()[0].pool, 1);
  EXPECT_EQ(made.value()[2].shortcuts.at(0).from.value, 1U);
}

TEST(Stages, FailIfAPassWasForgotten) {
  expect_refused(chain({conv(), graph::AveragePool{}, Flatten{}, linear(32)}), "folded it away");
}

TEST(Stages, FailIfTheAnswerIsNoVectorOfALinearLayer) {
  const std::string why = "does not end in a linear layer";
  expect_refused(chain({conv()}), why);
  expect_refused(chain({conv(), kSquare}), why);
  expect_refused(chain({conv(), Flatten{}, linear(128), kSquare}), why);
  expect_refused(chain({conv(2, 2, 8), SumPool{2, 2}}), why);
  auto early = chain({conv(), Flatten{}, linear(128), linear(3)});
  early.output.value -= 1;
  expect_refused(early, why);
}

TEST(Stages, LetAConvolutionThatLeavesOnePositionBeTheLast) {
  EXPECT_TRUE(stages(chain({conv(2, 5, 9)})).ok());
}

}  // namespace
}  // namespace veilray::plan
