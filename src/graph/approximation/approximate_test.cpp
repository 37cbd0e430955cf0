#include "graph/approximation/approximate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graph/approximation/fit.h"
#include "graph/builder.h"
#include "graph/graphs_testing.h"
#include "graph/horner.h"
#include "graph/interpret.h"
#include "graph/passes/pipeline.h"

namespace veilray::graph {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_graphs::Draw;

std::vector<Tensor> inputs_for(const Graph& graph, int count) {
  Draw draw(12);
  std::vector<Tensor> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(draw.tensor(graph.input_shape(), 2));
  return inputs;
}

Result<Approximated> approximated(const Graph& graph, const std::vector<Tensor>& inputs,
                                  FitMethod method = FitMethod::kLeastSquares) {
  SilentProgress silent;
  return approximate(graph, inputs, method, silent);
}

/// conv1, norm, act1, pool, conv2, act2, flatten, linear.
Graph two_activations(const Activation& first, const Activation& second, double conv2_bias = 0) {
  Draw draw(5);
  GraphBuilder builder("tested", {2, 6, 6});
  builder.add("conv1", Conv2d{.weight = draw.tensor({4, 2, 3, 3}, 0.4),
                              .bias = draw.values(4, 0.3),
                              .padding = {1, 1, 1, 1}});
  builder.add("bn1", BatchNorm{{1, 1, 1, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}});
  builder.add("act1", first);
  builder.add("pool", AveragePool{2, 2});
  builder.add("conv2", Conv2d{.weight = draw.tensor({3, 4, 2, 2}, 0.6),
                              .bias = std::vector<float>(3, static_cast<float>(conv2_bias))});
  builder.add("act2", second);
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({2, 12}, 0.5), draw.values(2, 0.5)});
  return std::move(builder).finish().value();
}

const std::vector<double>& polynomial_of(const Graph& graph, std::size_t node) {
  return std::get<Polynomial>(graph.nodes.at(node).op).coefficients;
}

TEST(Approximate, FitsEachActivationToWhatEntersItAfterThoseBeforeAreReplaced) {
  const Graph before = two_activations({.kind = Activation::Kind::kRelu},
                                       {.kind = Activation::Kind::kSigmoid, .factor = {0, 1}});
  const auto inputs = inputs_for(before, 5);
  const auto made = approximated(before, inputs);
  ASSERT_TRUE(made.ok()) << made.failure().line();
  const auto& [graph, record] = made.value();
  ASSERT_EQ(record.activations.size(), 2U);
  EXPECT_EQ(record.activations[0].function, "relu");
  EXPECT_EQ(record.activations[1].function, "silu");
  EXPECT_EQ(record.inputs, 5U);
  std::vector<float> entering;
  double rms = 0, most = 0;
  const auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  for (const auto& input : inputs) {
    const auto values = run_all(graph, input).at(5).data;  // conv2, of the network of polynomials
    entering.insert(entering.end(), values.begin(), values.end());
  }
  const auto& second = record.activations[1];
  const auto want = least_squares(entering, silu, 2);
  ASSERT_EQ(second.coefficients.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_NEAR(second.coefficients[i], want[i], 1e-9) << i;
  EXPECT_EQ(second.coefficients, polynomial_of(graph, 6));
  EXPECT_EQ(second.min, double{*std::ranges::min_element(entering)});
  EXPECT_EQ(second.max, double{*std::ranges::max_element(entering)});
  for (const float x : entering) {
    const double error = polynomial_at(second.coefficients, double{x}) - silu(double{x});
    rms += error * error / static_cast<double>(entering.size());
    most = std::max(most, std::abs(error));
  }
  EXPECT_NEAR(second.rms_error, std::sqrt(rms), 1e-9);
  EXPECT_NEAR(second.max_error, most, 1e-12);
}

TEST(Approximate, MeasuresWhatItDoesToTheLogits) {
  const Graph before =
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kRelu});
  const auto inputs = inputs_for(before, 4);
  const auto made = approximated(before, inputs);
  ASSERT_TRUE(made.ok()) << made.failure().line();
  double most = 0, squares = 0, exact = 0, changed = 0;
  for (const auto& input : inputs) {
    const auto got = run(made.value().graph, input).data, want = run(before, input).data;
    for (std::size_t i = 0; i < want.size(); ++i) {
      const double error = double{got[i]} - double{want[i]};
      most = std::max(most, std::abs(error));
      squares += error * error / 8;
      exact += double{want[i]} * double{want[i]} / 8;
      changed += (got[i] > 0) != (want[i] > 0) ? 1.0 / 8 : 0;
    }
  }
  const auto& logits = made.value().record.logits;
  EXPECT_GT(logits.max, 0);
  EXPECT_NEAR(logits.max, most, 1e-6);
  EXPECT_NEAR(logits.rms, std::sqrt(squares), 1e-6);
  EXPECT_NEAR(logits.exact_rms, std::sqrt(exact), 1e-6);
  EXPECT_NEAR(logits.signs_changed, changed, 1e-12);
}

TEST(Approximate, MinimaxHasTheSmallerLargestErrorAndTheLargerRms) {
  const Graph before =
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kRelu});
  const auto inputs = inputs_for(before, 4);
  const auto squares = approximated(before, inputs);
  const auto largest = approximated(before, inputs, FitMethod::kMinimax);
  ASSERT_TRUE(squares.ok() && largest.ok());
  const auto& a = squares.value().record.activations[0];
  const auto& b = largest.value().record.activations[0];
  EXPECT_LT(b.max_error, a.max_error);
  EXPECT_GT(b.rms_error, a.rms_error);
}

TEST(Approximate, TakesADegreeMoreOnlyWhereItHalvesTheError) {
  for (const auto kind : {Activation::Kind::kTanh, Activation::Kind::kRelu}) {
    const Graph before = two_activations({.kind = kind}, {.kind = kind});
    const auto made = approximated(before, inputs_for(before, 4));
    ASSERT_TRUE(made.ok()) << made.failure().line();
    EXPECT_EQ(polynomial_of(made.value().graph, 3).size(),
              kind == Activation::Kind::kTanh ? 4U : 3U);
  }
}

TEST(Approximate, LeavesALineWhereReluSeesNothingBelowZero) {
  for (const double bias : {50.0, -50.0}) {
    const Graph before =
        two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kRelu}, bias);
    const auto inputs = inputs_for(before, 3);
    const auto made = approximated(before, inputs);
    ASSERT_TRUE(made.ok()) << made.failure().line();
    EXPECT_LE(polynomial_of(made.value().graph, 6).size(), 2U);
    EXPECT_LT(made.value().record.activations[1].max_error, 1e-5);
    const auto fused = lower_to_linear_and_polynomial(made.value().graph);
    ASSERT_TRUE(fused.ok()) << fused.failure().line();
    EXPECT_LT(testing_graphs::relative_error(run(fused.value(), inputs[0]),
                                             run(made.value().graph, inputs[0])),
              1e-5);
  }
}

TEST(Approximate, GivesAGraphThatThePassesBringIntoShape) {
  for (const auto& activation : std::vector<Activation>{
           {.kind = Activation::Kind::kRelu},
           {.kind = Activation::Kind::kRelu, .low = 0.1},
           {.kind = Activation::Kind::kElu, .low = 1},
           {.kind = Activation::Kind::kClip, .low = 0, .high = 1, .inner = {0.5, 0.2}},
           {.kind = Activation::Kind::kClip,
            .high = 6,
            .inner = {3, 1},
            .outer = {0, 0.2},
            .factor = {0, 1}},
           {.kind = Activation::Kind::kSigmoid},
           {.kind = Activation::Kind::kTanh, .offset = 0.5},
           {.kind = Activation::Kind::kErf, .outer = {0.5, 0.5}, .factor = {0, 1}},
           {.kind = Activation::Kind::kSoftplus}}) {
    const Graph before = two_activations(activation, activation);
    const auto inputs = inputs_for(before, 3);
    const auto made = approximated(before, inputs);
    ASSERT_TRUE(made.ok()) << made.failure().line();
    const auto fused = lower_to_linear_and_polynomial(made.value().graph);
    ASSERT_TRUE(fused.ok()) << fused.failure().line();
    EXPECT_LT(testing_graphs::relative_error(run(fused.value(), inputs[0]),
                                             run(made.value().graph, inputs[0])),
              1e-4)
        << op_name(activation);
  }
}

TEST(Approximate, GivesAGateItsFactorsWithoutASquare) {
  Draw draw(9);
  GraphBuilder builder("gate", {2, 4, 4});
  const NodeId conv = builder.add("conv", Conv2d{.weight = draw.tensor({4, 2, 3, 3}, 0.4)});
  builder.add("mean", AveragePool{2, 2});
  builder.add("flat", Flatten{});
  builder.add("fc1", Linear{draw.tensor({3, 4}, 1), {}});
  builder.add("relu", Activation{.kind = Activation::Kind::kRelu});
  builder.add("fc2", Linear{draw.tensor({4, 3}, 2), draw.values(4, 1)});
  const NodeId factors = builder.add("sigmoid", Activation{.kind = Activation::Kind::kSigmoid});
  builder.add("gated", ChannelGate{}, {conv, factors});
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({2, 16}, 0.5), {}});
  const Graph before = std::move(builder).finish().value();
  const auto inputs = inputs_for(before, 30);
  const auto made = approximated(before, inputs);
  ASSERT_TRUE(made.ok()) << made.failure().line();
  const auto& factor = polynomial_of(made.value().graph, factors.value);
  EXPECT_TRUE(factor.size() == 2 || factor.size() == 4) << factor.size();
  const auto fused = lower_to_linear_and_polynomial(made.value().graph);
  ASSERT_TRUE(fused.ok()) << fused.failure().line();
  EXPECT_LT(testing_graphs::relative_error(run(fused.value(), inputs[0]),
                                           run(made.value().graph, inputs[0])),
            1e-4);
}

TEST(Approximate, FailsIfAnActivationEndsTheNetwork) {
  GraphBuilder builder("ends", {1, 2, 2});
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{Tensor{{1, 4}, {1, 2, 3, 4}}, {}});
  builder.add("last", Activation{.kind = Activation::Kind::kSigmoid});
  const Graph graph = std::move(builder).finish().value();
  const auto made = approximated(graph, inputs_for(graph, 1));
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.failure().line(),
              AllOf(HasSubstr("node last (sigmoid)"), HasSubstr("leave it out")));
}

TEST(Approximate, FailsIfTheInputsDoNotFitOrThereAreNone) {
  const Graph graph =
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kRelu});
  EXPECT_THAT(approximated(graph, {}).failure().line(), HasSubstr("no inputs"));
  EXPECT_THAT(approximated(graph, {Tensor::zeros({2, 5, 5})}).failure().line(),
              HasSubstr("another shape"));
}

TEST(Approximate, FailsIfValuesGrowBeyondAllNumbers) {
  const Graph graph =
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kRelu});
  auto inputs = inputs_for(graph, 2);
  for (float& value : inputs[1].data) value = 3e38F;
  const auto made = approximated(graph, inputs);
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.failure().line(), AllOf(HasSubstr("(relu)"), HasSubstr("beyond all numbers")));
}

TEST(CheckPolynomial, NamesTheFirstActivationAndWhatToDo) {
  const auto checked = check_polynomial(
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kTanh}));
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.failure().line(),
              AllOf(HasSubstr("node act1 (relu)"), HasSubstr("--approximate")));
}

TEST(ApproximationRecord, ComesBackFromJson) {
  const Graph before =
      two_activations({.kind = Activation::Kind::kRelu}, {.kind = Activation::Kind::kSoftplus});
  const auto made = approximated(before, inputs_for(before, 2), FitMethod::kMinimax);
  ASSERT_TRUE(made.ok()) << made.failure().line();
  const auto read = parse_approximation(to_json(made.value().record));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(read.value()), to_json(made.value().record));
  EXPECT_THAT(to_text(read.value()),
              AllOf(HasSubstr("minimax, on 2 inputs"), HasSubstr("act2 (softplus)")));
}

TEST(ApproximationRecord, FailsIfItIsDamaged) {
  const std::string whole = to_json(Approximation{});
  EXPECT_TRUE(parse_approximation(whole).ok());
  EXPECT_FALSE(parse_approximation(whole.substr(1)).ok());
  EXPECT_FALSE(parse_approximation("{}").ok());
  for (const char* field : {"method", "inputs", "activations", "logits", "max_difference"}) {
    std::string damaged = whole;
    damaged.replace(damaged.find(field), 3, "xyz");
    EXPECT_FALSE(parse_approximation(damaged).ok()) << field;
  }
}

}  // namespace
}  // namespace veilray::graph
