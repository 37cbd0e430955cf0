// What the kernels emit. That it computes the right thing is proved in runtime/clear_run_test.cpp.
#include <gtest/gtest.h>

#include <cmath>

#include "ckks/toy_params.h"
#include "plan/cost.h"
#include "plan/kernels/gate.h"
#include "plan/kernels/linear.h"
#include "plan/kernels/quadratic.h"
#include "plan/networks_testing.h"

namespace veilray::plan::kernels {
namespace {

class Kernels : public ::testing::Test {
 protected:
  ckks::Params params = ckks::testing::toy_params({10, 4, 1, 30}).value();
  Builder builder{params};

  Packed inputs(const std::string& layout) {
    Packed in{Layout::parse(layout).value(), {}};
    for (std::uint32_t ct = 0; ct < in.layout.ciphertexts(); ++ct)
      in.ciphertexts.push_back(builder.input({0x1p30}));
    return in;
  }
  OperationCounts counts(const Packed& out) {
    return count_operations(std::move(builder).finish(out.ciphertexts));
  }
  const ValueType& type(const Packed& packed) { return builder.type(packed.ciphertexts.at(0)); }
};

TEST_F(Kernels, APooledSquareCostsOneKeySwitchAndOneRescaleForEachWindow) {
  const Packed in = inputs("4x4x4: c0 x1 y1 | y0 c1 x0");
  const Packed out = quadratic(builder, in, {0.5, 0.25}, 2);
  EXPECT_EQ(out.layout.text(), "4x2x2: c0 x0 y0 | c1");
  EXPECT_EQ(out.ciphertexts.size(), 2U);
  EXPECT_EQ(type(out).level.value, 2U);
  EXPECT_TRUE(ckks::same_scale(type(out).scale, {0x1p60 / params.prime({3})}));
  const auto cost = counts(out);
  EXPECT_EQ(cost.relinearizations, 2U);
  EXPECT_EQ(cost.rescales, 2U);
  EXPECT_EQ(cost.key_switches(), 2U);
}

TEST_F(Kernels, ASquareWithoutLinearTermOrConstantSpendsNothingOnThem) {
  const Packed in = inputs("1x2x2: x0 y0 |");
  const Packed out = quadratic(builder, in, {0.0, 0.0}, 1);
  const Program program = std::move(builder).finish(out.ciphertexts);
  for (const Step& step : program.steps) {
    EXPECT_FALSE(std::holds_alternative<op::MultiplyInteger>(step.operation));
    EXPECT_FALSE(std::holds_alternative<op::AddConstant>(step.operation));
  }
}

TEST_F(Kernels, TheConstantOfAPooledSquareCountsOncePerElement) {
  const Packed in = inputs("1x2x2: - | y0 x0");
  const Packed out = quadratic(builder, in, {0.0, 0.25}, 2);
  const Program program = std::move(builder).finish(out.ciphertexts);
  double added = 0;
  for (const Step& step : program.steps)
    if (const auto* constant = std::get_if<op::AddConstant>(&step.operation))
      added += constant->value;
  EXPECT_EQ(added, 4 * 0.25);
}

TEST_F(Kernels, ACubicCostsTwoKeySwitchesAndTwoLevels) {
  const Packed out = cubic(builder, inputs("4x2x2: c0 x0 y0 | c1"), {-3.0, 0.5});
  EXPECT_EQ(type(out).level.value, 1U);
  const auto cost = counts(out);
  EXPECT_EQ(cost.relinearizations, 4U);
  EXPECT_EQ(cost.rescales, 4U);
}

TEST_F(Kernels, AGateBringsItsInputDownToItsFactors) {
  const Packed in = inputs("4x2x2: c0 x0 y0 | c1");
  const Packed factors = quadratic(builder, inputs("4x2x2: c0 x0 y0 | c1"), {0.0, 0.0}, 1);
  const Packed out = gate(builder, in, factors);
  EXPECT_EQ(out.layout, in.layout);
  EXPECT_EQ(type(out).level.value, 1U);
  EXPECT_EQ(counts(out).relinearizations, 4U) << "two of them the factors' own";
}

TEST_F(Kernels, AGateAddsItsConstantToEveryCiphertext) {
  const Packed in = inputs("4x2x2: c0 x0 y0 | c1");
  const Packed out = gate(builder, in, in, -0.25);
  const Program program = std::move(builder).finish(out.ciphertexts);
  double added = 0;
  for (const Step& step : program.steps)
    if (const auto* constant = std::get_if<op::AddConstant>(&step.operation))
      added += constant->value;
  EXPECT_EQ(added, 2 * -0.25);
}

TEST_F(Kernels, StackedSquaresAreFurtherCiphertextsOfTheSameScale) {
  const Packed in = inputs("4x2x2: c0 x0 y0 | c1");
  const Packed out = stack_squares(builder, in);
  EXPECT_EQ(out.layout.text(), "8x2x2: c0 x0 y0 | c1 c2");
  ASSERT_EQ(out.ciphertexts.size(), 4U);
  for (const ValueId id : out.ciphertexts) {
    EXPECT_EQ(builder.type(id).level.value, 2U);
    EXPECT_TRUE(ckks::same_scale(builder.type(id).scale, type(out).scale));
  }
  EXPECT_EQ(counts(out).relinearizations, 2U);
}

TEST_F(Kernels, StackedSquaresOfAValueAtALowScaleAreDividedAndBothComeBackTo30Bits) {
  const Packed in{Layout::parse("2x2x2: c0 x0 y0 |").value(), {builder.input({0x1p27})}};
  EXPECT_EQ(square_divisor(builder, in), 64);
  const Packed out = stack_squares(builder, in);
  for (const ValueId id : out.ciphertexts)
    EXPECT_NEAR(std::log2(builder.type(id).scale.value), 30, 0.1);
  const Program program = std::move(builder).finish(out.ciphertexts);
  std::vector<double> factors;
  for (const Step& step : program.steps)
    if (const auto* multiply = std::get_if<op::MultiplyInteger>(&step.operation))
      factors.push_back(static_cast<double>(multiply->factor) / multiply->scale.value);
  EXPECT_EQ(factors, (std::vector<double>{1, 1.0 / 64}));
}

TEST_F(Kernels, FailIfAGateIsLaidOutOtherwise) {
  const Packed in = inputs("4x2x2: c0 x0 y0 | c1"), factors = inputs("4x2x2: c0 y0 x0 | c1");
  EXPECT_THROW(gate(builder, in, factors), Error);
}

TEST_F(Kernels, APoolAloneCostsAdditionsOnly) {
  const Packed in = inputs("1x4x4: x1 y1 | y0 x0");
  const Packed out = sum_pool(builder, in, 2);
  EXPECT_EQ(out.ciphertexts.size(), 1U);
  EXPECT_EQ(type(out).level.value, 3U);
  EXPECT_EQ(counts(out).key_switches(), 0U);
}

TEST_F(Kernels, FailIfTheLayoutDoesNotMakeThePoolFree) {
  const Packed in = inputs("1x4x4: x0 x1 y1 | y0");
  EXPECT_THROW(quadratic(builder, in, {1, 1}, 2), Error);
  EXPECT_THROW(sum_pool(builder, in, 2), Error);
}

LinearLayer dense_layer(const Layout& in, std::int64_t outputs, bool bias) {
  testing_networks::Draw draw(1);
  const auto features = static_cast<std::int64_t>(tensor::element_count(in.shape()));
  auto linear = testing_networks::tame_linear(draw, features, outputs);
  if (!bias) linear.bias.clear();
  return {"dense",
          {linear_operator(linear, in.shape(), 1), in, output_layout(outputs, in.log_slots()),
           SlotMatrix::Form::kFolded, false},
          {0, 2, true, false}};
}

TEST_F(Kernels, AFoldedLayerTurnsOnceForEachBitAboveTheAnswer) {
  const Packed in = inputs("4x4x4: x0 x1 y0 y1 c0 c1 - - - | ");
  const Packed out = linear(builder, in, dense_layer(in.layout, 5, true), {0x1p30}, true);
  EXPECT_EQ(out.layout.text(), "5x1x1: c0 c1 c2 = = = = = = |");
  EXPECT_EQ(out.ciphertexts.size(), 1U);
  EXPECT_EQ(type(out).level.value, 2U);
  const Program program = std::move(builder).finish(out.ciphertexts);
  std::vector<std::uint32_t> folds;
  for (const Step& step : program.steps)
    if (const auto* sum = std::get_if<op::RotateSum>(&step.operation))
      if (sum->inputs.size() == 2 && sum->inputs[0] == sum->inputs[1])
        folds.push_back(sum->steps[1]);
  EXPECT_EQ(folds, (std::vector<std::uint32_t>{8, 16, 32, 64, 128, 256}));
}

TEST_F(Kernels, AProductMayLeaveWithoutARescale) {
  const Packed in = inputs("4x4x4: x0 x1 y0 y1 c0 c1 - - - | ");
  const Packed out = linear(builder, in, dense_layer(in.layout, 3, false), {0x1p25}, false);
  EXPECT_EQ(type(out).level.value, 3U);
  EXPECT_EQ(type(out).scale.value, 0x1p55);
  const Program program = std::move(builder).finish(out.ciphertexts);
  for (const Step& step : program.steps) {
    EXPECT_FALSE(std::holds_alternative<op::Rescale>(step.operation));
    EXPECT_FALSE(std::holds_alternative<op::AddBias>(step.operation));
  }
}

TEST_F(Kernels, OneHoistServesAllRotationsOfAnInput) {
  const Packed in = inputs("4x4x4: x0 x1 y0 y1 c0 - - - - | c1");
  const Packed out = linear(builder, in, dense_layer(in.layout, 14, true), {0x1p30}, true);
  const Program program = std::move(builder).finish(out.ciphertexts);
  const auto cost = count_operations(program);
  EXPECT_EQ(cost.hoists, 2U);
  std::size_t turned = 0;
  for (const auto& baby : program.layers[0].babies) turned += baby.step != 0 ? 1 : 0;
  EXPECT_EQ(cost.hoisted_rotations, turned);
}

TEST(Lower, RefusesAPlanWithMoreOrFewerShortcutsThanTheNetwork) {
  const auto all = stages(testing_networks::residual_network(1)).value();
  testing_networks::Draw draw(1);
  Plan plan = testing_networks::random_plan(draw, all, 9);
  const auto params = ckks::testing::toy_params(plan.params).value();
  EXPECT_NO_THROW(static_cast<void>(lower(all, plan, params)));
  plan.stages[0].shortcuts.push_back({});
  EXPECT_THROW(static_cast<void>(lower(all, plan, params)), Error);
}

/// A dense layer over 64 slots whose babies are 0..15 and whose giants are 16 k.
Program dense_program(const ckks::Params& params, const StepSet& keyed) {
  Builder builder(params, keyed);
  const Layout layout = Layout::parse("64x1x1: c0 c1 c2 c3 c4 c5 - - - |").value();
  testing_networks::Draw draw(1);
  LinearLayer layer{"dense",
                    {linear_operator(testing_networks::tame_linear(draw, 64, 64), {64, 1, 1}, 1),
                     layout, layout, SlotMatrix::Form::kPlaced, false},
                    {0, 4, false, false}};
  const Packed in{layout, {builder.input({0x1p30})}};
  const Packed out = linear(builder, in, std::move(layer), {0x1p30}, true);
  return std::move(builder).finish(out.ciphertexts);
}

TEST_F(Kernels, RotationsMadeOfOthersNeedFewerKeysAndNoRotationMore) {
  const Program direct = dense_program(params, {});
  const Program composed = dense_program(params, StepSet({1, 4, 16, 64}));
  const auto one = count_operations(direct), other = count_operations(composed);
  EXPECT_EQ(other.hoisted_rotations, one.hoisted_rotations);
  EXPECT_EQ(other.rotations, one.rotations);
  EXPECT_EQ(other.products, one.products);
  EXPECT_GT(other.hoists, one.hoists);
  EXPECT_LT(2 * rotations(composed).size(), rotations(direct).size());
}

}  // namespace
}  // namespace veilray::plan::kernels
