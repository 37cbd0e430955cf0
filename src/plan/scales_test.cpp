#include "plan/scales.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ckks/toy_params.h"
#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

/// A program whose answer leaves as a product, of random layouts at chosen scales.
struct Unscaled {
  Unscaled(const graph::Graph& network, std::uint64_t seed, double largest_logit)
      : made(stages(network).value()) {
    testing_networks::Draw draw(seed);
    plan = testing_networks::random_plan(draw, made, 12);
    plan.rescale_last = false;
    plan.params.chain_primes = testing_networks::levels_of(made) + 1;
    const auto params = ckks::testing::toy_params(plan.params).value();
    choose_scales(plan, made, params, largest_logit);
    program = lower(made, plan, params);
    modulus = std::exp2(params.log_q({1}));
  }
  /// Of what the last layer's products are made of.
  double last_input_scale() const {
    for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step)
      if (std::holds_alternative<op::ProductSums>(step->operation))
        return program.type(operands(step->operation).front()).scale.value;
    return 0;
  }

  std::vector<Stage> made;
  Plan plan;
  Program program;
  double modulus = 0;
};

void expect_room_for_the_answer(const graph::Graph& network, std::uint64_t seed) {
  constexpr double kLargestLogit = 4;
  const Unscaled unscaled(network, seed, kLargestLogit);
  const ValueType& answer = unscaled.program.type(unscaled.program.outputs.front());
  EXPECT_EQ(answer.level.value, 1U) << seed;
  // Six times the largest logit stays below half of the modulus, and the last weights keep 28 bits.
  EXPECT_NEAR(answer.scale.value * 2 * 6 * kLargestLogit / unscaled.modulus, 1, 1e-9) << seed;
  EXPECT_NEAR(answer.scale.value / unscaled.last_input_scale() / 0x1p28, 1, 0.01) << seed;
}

TEST(Scales, LeaveAProductRoomAfterAnActivation) {
  for (std::uint64_t seed = 1; seed < 6; ++seed)
    expect_room_for_the_answer(testing_networks::tiny_network(seed), seed);
}

TEST(Scales, LeaveAProductRoomAfterAGate) {
  for (std::uint64_t seed = 1; seed < 6; ++seed)
    for (const bool on_squares : {false, true})
      expect_room_for_the_answer(testing_networks::attentive_network(seed, on_squares), seed);
}

TEST(Scales, AreOnePrimeEachWhereTheAnswerIsRescaled) {
  const auto made = stages(testing_networks::attentive_network(1, false)).value();
  testing_networks::Draw draw(1);
  Plan plan = testing_networks::random_plan(draw, made, 12);
  plan.rescale_last = true;
  plan.params.chain_primes = testing_networks::levels_of(made) + 2;
  const auto params = ckks::testing::toy_params(plan.params).value();
  choose_scales(plan, made, params, 4);
  EXPECT_EQ(plan.input_scale, 0x1p30);
  for (const StagePlan& stage : plan.stages) EXPECT_EQ(stage.scale, 0x1p30);
}

}  // namespace
}  // namespace veilray::plan
