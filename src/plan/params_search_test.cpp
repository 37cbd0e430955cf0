#include "plan/params_search.h"

#include <gtest/gtest.h>

#include "ckks/security.h"
#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

double key_switch_at_the_top(const CostModel& cost, std::uint32_t chain) {
  return cost.rotate_ms({chain - 1});
}

TEST(ParamsSearch, FindsTheCheapestOfAllSecureNumbersOfSpecialPrimes) {
  for (const std::uint32_t log_n : {14U, 15U, 16U})
    for (const std::uint32_t chain : {4U, 9U, 13U, 20U}) {
      const auto price = [&](const CostModel& cost) { return key_switch_at_the_top(cost, chain); };
      const auto found = cheapest_spec(log_n, chain, price);
      bool any = false;
      for (std::uint32_t special = 1; special <= chain; ++special) {
        const ckks::ParamsSpec spec{log_n, chain, special, 30};
        if (30 * (chain + special) > ckks::max_log_qp(log_n)) continue;
        any = true;
        ASSERT_TRUE(found);
        EXPECT_LE(price(CostModel(*found)), price(CostModel(spec)));
      }
      EXPECT_EQ(found.has_value(), any) << log_n << ", " << chain;
      if (found) {
        EXPECT_TRUE(ckks::Params::create(*found).ok());
      }
    }
}

TEST(ParamsSearch, TakesFewerDigitsWhereMostWorkIsAtTheTop) {
  const auto digits = [](std::uint32_t level) {
    return cheapest_spec(15, 16, [&](const CostModel& cost) { return cost.rotate_ms({level}); })
        ->dnum({15});
  };
  EXPECT_LT(digits(15), digits(3));
}

TEST(ParamsSearch, PricesAProgramByItsTimeAndItsKeys) {
  const auto made = stages(testing_networks::tiny_network()).value();
  testing_networks::Draw draw(3);
  const Plan plan = testing_networks::random_plan(draw, made, 12);
  const auto params = ckks::Params::create(plan.params).value();
  const Program program = lower(made, plan, params);
  const CostModel free_keys(plan.params, {}, {.key_megabyte_ms = 0});
  EXPECT_EQ(program_price(program, free_keys), free_keys.program_ms(program));
  const CostModel cost(plan.params);
  double keys = 0;
  for (const auto& rotation : rotations(program)) keys += cost.key_ms(rotation.level);
  EXPECT_GT(keys, 0);
  EXPECT_NEAR(program_price(program, cost), cost.program_ms(program) + keys, 1e-9);
}

TEST(ParamsSearch, PricesStagesByTheLevelsTheyStandAt) {
  const auto made = stages(testing_networks::tiny_network()).value();
  const CostModel cost({14, 10, 3, 30});
  EXPECT_GT(stages_price(made, {9}, cost), stages_price(made, {6}, cost));
  EXPECT_GT(stages_price(made, {0}, cost), 0) << "below the last level nothing wraps";
}

}  // namespace
}  // namespace veilray::plan
