#include "plan/cost.h"

#include <gtest/gtest.h>

#include "plan/networks_testing.h"
#include "plan/stages.h"

namespace veilray::plan {
namespace {

TEST(CountOperations, AgreesWithCountingStepsByHand) {
  Program program;
  const auto add = [&](Operation operation) {
    program.steps.push_back(
        {std::move(operation), {static_cast<std::uint32_t>(program.values.size())}, 1});
    program.values.push_back({});
  };
  add(op::Input{0});
  add(op::Hoist{{0}});
  add(op::RotateHoisted{{0}, {1}, 3});
  add(op::RotateHoisted{{0}, {1}, 5});
  add(op::RotateSum{{{0}, {2}, {3}}, {0, 7, 9}});
  add(op::SumOfSquares{{{4}}});
  add(op::Relinearize{{5}});
  add(op::Rescale{{6}});
  const auto counts = count_operations(program);
  EXPECT_EQ(counts.hoists, 1U);
  EXPECT_EQ(counts.hoisted_rotations, 2U);
  EXPECT_EQ(counts.rotations, 2U);
  EXPECT_EQ(counts.relinearizations, 1U);
  EXPECT_EQ(counts.rescales, 1U);
  EXPECT_EQ(counts.key_switches(), 5U);
}

TEST(CostModel, GivesKeysTheSizeTheFormatHas) {
  const auto params = ckks::Params::create({14, 11, 3, 30}).value();
  // docs/formats/keys.md: 3.44 MB at level 10, 1.11 MB at level 5, 0.37 MB at level 2.
  const CostModel cost(params.spec());
  EXPECT_NEAR(static_cast<double>(cost.key_bytes({10})), 3.44e6, 5e3);
  EXPECT_NEAR(static_cast<double>(cost.key_bytes({5})), 1.11e6, 5e3);
  EXPECT_NEAR(static_cast<double>(cost.key_bytes({2})), 0.37e6, 5e3);
}

TEST(CostModel, ChargesMoreAtHigherLevelsAndLargerRings) {
  const auto params = ckks::Params::create({14, 11, 3, 30}).value();
  const auto larger = ckks::Params::create({15, 11, 3, 30}).value();
  const CostModel cost(params.spec()), dear(larger.spec());
  for (std::uint32_t level = 1; level < 11; ++level) {
    EXPECT_GT(cost.rotate_ms({level}), cost.rotate_ms({level - 1}));
    EXPECT_GT(cost.rescale_ms({level}), cost.rescale_ms({level - 1}));
    EXPECT_GT(cost.square_ms({level}), cost.square_ms({level - 1}));
    for (const std::uint32_t period : {params.slots(), 64U})
      EXPECT_GT(cost.product_ms({level}, period), cost.product_ms({level - 1}, period));
    EXPECT_LT(cost.product_ms({level}, 64), cost.product_ms({level}, params.slots()));
    EXPECT_GT(dear.rotate_ms({level}), 2 * cost.rotate_ms({level}));
    EXPECT_LT(cost.rotate_hoisted_ms({level}), cost.rotate_ms({level}));
  }
}

TEST(CostModel, ChargesAProgramWhatItsStepsCost) {
  const auto network = testing_networks::tiny_network();
  const auto network_stages = stages(network).value();
  testing_networks::Draw draw(2);
  Plan plan = testing_networks::random_plan(draw, network_stages, 12);
  const auto params = ckks::Params::create(plan.params).value();
  const Program program = lower(network_stages, plan, params);
  const CostModel cost(params.spec());
  double total = 0;
  for (const Step& step : program.steps) {
    EXPECT_GE(cost.step_ms(program, step), 0) << op_name(step.operation);
    total += cost.step_ms(program, step);
  }
  EXPECT_EQ(cost.program_ms(program), total);
  // Twice as slow a machine takes twice the time.
  UnitTimes units;
  for (double* us : {&units.ntt_us, &units.multiply_us, &units.key_us, &units.touch_us,
                     &units.stream_us, &units.repeated_us})
    *us *= 2;
  const CostModel slow(params.spec(), units);
  EXPECT_NEAR(slow.program_ms(program), 2 * total, 1e-9 * total);
}

TEST(CostModel, PricesALayerBySplitCounts) {
  const auto params = ckks::Params::create({14, 11, 3, 30}).value();
  const CostModel cost(params.spec());
  const ckks::Level level{5};
  const std::uint32_t period = params.slots();
  EXPECT_EQ(cost.layer_price({}, period, level), 0);
  EXPECT_DOUBLE_EQ(
      cost.layer_price({.hoists = 2, .babies = 3, .giants = 4, .sums = 2, .products = 5, .keys = 6},
                       period, level),
      2 * cost.hoist_ms(level) + 3 * cost.rotate_hoisted_ms(level) +
          4 * cost.rotate_onto_ms(level) + 2 * cost.mod_down_ms(level) +
          5 * cost.product_ms(level, period) + 6 * Prices{}.keyed_share * cost.key_ms(level));
  // Sums of one rotation each are rotations.
  EXPECT_DOUBLE_EQ(cost.layer_price({.giants = 3, .sums = 3}, period, level),
                   3 * cost.rotate_ms(level));
  const CostModel slow(params.spec(), {.switch_factor = 3});
  EXPECT_DOUBLE_EQ(slow.rotate_ms(level), 3 * cost.rotate_ms(level));
  EXPECT_DOUBLE_EQ(slow.hoist_ms(level), 3 * cost.hoist_ms(level));
  EXPECT_DOUBLE_EQ(slow.rotate_hoisted_ms(level), 3 * cost.rotate_hoisted_ms(level));
  EXPECT_DOUBLE_EQ(slow.relinearize_ms(level), 3 * cost.relinearize_ms(level));
  EXPECT_EQ(slow.product_ms(level, period), cost.product_ms(level, period));
  EXPECT_EQ(slow.rescale_ms(level), cost.rescale_ms(level));
  const CostModel dear(params.spec(), {}, {.key_megabyte_ms = 2.0});
  EXPECT_DOUBLE_EQ(dear.key_ms(level), 2e-6 * static_cast<double>(cost.key_bytes(level)));
}

}  // namespace
}  // namespace veilray::plan
