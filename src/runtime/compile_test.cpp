#include "runtime/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/interpret.h"
#include "plan/layout_search.h"
#include "plan/networks_testing.h"
#include "plan/search.h"
#include "plan/stages.h"
#include "runtime/clear_run.h"

namespace veilray::runtime {
namespace {

using plan::testing_networks::Draw;
using ::testing::HasSubstr;

Result<plan::Plan> compile_quietly(const graph::Graph& network,
                                   const CompileOptions& options = {}) {
  SilentProgress silent;
  ThreadPool pool(1);
  return compile(network, options, pool, silent);
}

TEST(Compile, GivesATinyNetworkTheSmallestSecureParameters) {
  const auto plan = compile_quietly(plan::testing_networks::tiny_network());
  ASSERT_TRUE(plan.ok()) << plan.failure().line();
  EXPECT_EQ(plan.value().params.log_n, 13U);
  EXPECT_EQ(ckks::Params::create(plan.value().params).value().security_bits(), 128U);
  // Three levels; the last product needs none.
  EXPECT_EQ(plan.value().params.chain_primes, 4U);
  EXPECT_FALSE(plan.value().rescale_last);
}

TEST(Compile, PlansRandomNetworksThatClearRunsComputeWithinTheirPrecision) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto network = plan::testing_networks::random_small_network(seed);
    const auto plan = compile_quietly(network);
    ASSERT_TRUE(plan.ok()) << "seed " << seed << ": " << plan.failure().line();
    EXPECT_LE(plan.value().predicted_error, plan.value().precision / 2) << "seed " << seed;
    EXPECT_GT(plan.value().predicted_error, 0) << "seed " << seed;
    const auto params = ckks::Params::create(plan.value().params).value();
    const auto stages = plan::stages(network).value();
    const auto program = plan::lower(stages, plan.value(), params);
    EXPECT_EQ(plan.value().ranges.size(), program.steps.size()) << "seed " << seed;
    ThreadPool pool(1);
    ClearRun run(program, plan.value(), pool);
    const plan::NoiseModel noise(params);
    run.simulate_noise(noise, seed);
    Draw draw(seed + 77);
    const auto input = plan::testing_networks::normal_latent(draw, network.input_shape());
    const auto want = graph::run(network, input);
    const auto got = run.logits(input, static_cast<std::int64_t>(want.data.size()));
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], static_cast<double>(want.data[i]), plan.value().precision)
          << "seed " << seed;
    EXPECT_GE(plan::headroom_bits(program, run.ranges(), params), 1) << "seed " << seed;
  }
}

/// A chain of 1x1 convolutions and squares: two levels each, and one for the end.
graph::Graph deep_network(int depth) {
  Draw draw(5);
  graph::GraphBuilder builder("deep", {1, 2, 2});
  for (int i = 0; i < depth; ++i) {
    builder.add("conv" + std::to_string(i),
                plan::testing_networks::tame_convolution(draw, 1, 1, 1, 1));
    builder.add("act" + std::to_string(i), graph::Polynomial{{0.0, 0.5, 1.0}});
  }
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, 4, 2));
  return std::move(builder).finish().value();
}

TEST(Compile, FailsWithBothNumbersIfTheNetworkIsTooDeep) {
  const auto plan = compile_quietly(deep_network(40));
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(plan.failure().what, HasSubstr("needs 81 levels"));
  EXPECT_THAT(plan.failure().what, HasSubstr("have 56 at most"));
}

TEST(Compile, PlansSeveralImagesForOneCiphertext) {
  const auto network = plan::testing_networks::tiny_network();
  const auto plan = compile_quietly(network, {.calibration = {}, .images = 8});
  ASSERT_TRUE(plan.ok()) << plan.failure().line();
  EXPECT_EQ(plan.value().images, 8U);
  EXPECT_EQ(plan.value().input.ciphertexts(), 1U);
  EXPECT_EQ(plan.value().input.shape(), (tensor::Shape{16, 8, 8}));
  EXPECT_LE(plan.value().predicted_error, plan.value().precision / 2);
}

TEST(Compile, FailsIfSoManyImagesFitNoCiphertext) {
  // 2 x 8 x 8 values each; the largest ring has 2^15 slots.
  const auto plan =
      compile_quietly(plan::testing_networks::tiny_network(), {.calibration = {}, .images = 512});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(plan.failure().what, HasSubstr("512 images of this network fit no ciphertext"));
}

TEST(Compile, FailsIfThePrecisionCannotBeReached) {
  const auto plan = compile_quietly(plan::testing_networks::tiny_network(),
                                    {.precision = 1e-9, .calibration = {}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(plan.failure().what, HasSubstr("1.0e-09"));
  EXPECT_THAT(plan.failure().what, HasSubstr("the best found errs by"));
}

TEST(Compile, MeasuresOnTheCalibrationInputsThatItIsGiven) {
  const auto network = plan::testing_networks::tiny_network();
  auto loud = tensor::Tensor::zeros(network.input_shape());
  std::fill(loud.data.begin(), loud.data.end(), 8.0F);
  const auto usual = compile_quietly(network), wide = compile_quietly(network, {1e-3, {loud}});
  ASSERT_TRUE(usual.ok() && wide.ok());
  const auto largest = [](const plan::Plan& plan) {
    return *std::max_element(plan.ranges.begin(), plan.ranges.end());
  };
  EXPECT_GT(largest(wide.value()), 4 * largest(usual.value()));
}

TEST(Compile, FailsIfACalibrationInputHasAnotherShape) {
  const auto plan =
      compile_quietly(plan::testing_networks::tiny_network(),
                      {1e-3, {tensor::Tensor::zeros({2, 8, 8}), tensor::Tensor::zeros({2, 8, 9})}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(plan.failure().line(), HasSubstr("input 1"));
}

TEST(Compile, FailsIfTheAnswerIsTooLongForAnyLayout) {
  Draw draw(1);
  graph::GraphBuilder builder("long", {1, 1, 2});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, 2, 4097));
  const auto plan = compile_quietly(std::move(builder).finish().value());
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(plan.failure().what, HasSubstr("too large"));
}

TEST(Compile, GoesOnToLargerParametersWhereTheSmallHaveNoLayout) {
  // 5 x 1025 x 1025 elements number 25 bits: 2^12 slots and 2^12 ciphertexts have 24.
  Draw draw(1);
  graph::GraphBuilder builder("wide", {5, 1025, 1025});
  builder.add("conv", graph::Conv2d{.weight = draw.tensor({1, 5, 1, 1}, 1), .stride = 1025});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, 1, 2));
  const auto stages = plan::stages(std::move(builder).finish().value()).value();
  for (const std::uint32_t log_slots : {12U, 13U}) {
    const auto params = ckks::Params::create({log_slots + 1, 3, 1, 30}).value();
    const auto packing =
        plan::choose_packing(stages, plan::CostModel(params.spec()), log_slots, {2});
    EXPECT_EQ(packing.has_value(), log_slots == 13) << log_slots;
  }
}

}  // namespace
}  // namespace veilray::runtime
