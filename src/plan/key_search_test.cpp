#include "plan/key_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

using ::testing::ElementsAre;
using Kind = StepNeed::Kind;

constexpr std::uint32_t kKeySlots = 1 << 13;

class KeySearch : public ::testing::Test {
 protected:
  /// 32 babies of one input at the top, as the first convolution of `hefnet` has them.
  std::vector<StepNeed> grid_needs() const {
    StepNeed need{Kind::kBabies, {}, {9}, 1};
    for (std::uint32_t k = 1; k < 32; ++k) need.steps.push_back(128 * k);
    return {need};
  }
  StepSet all_of(const std::vector<StepNeed>& needs) const {
    StepSet all;
    for (const StepNeed& need : needs)
      for (const std::uint32_t step : need.steps) all.insert(step);
    return all;
  }
  ckks::Params params = ckks::Params::create({14, 10, 4, 30}).value();
};

TEST_F(KeySearch, KeepsAKeyForEveryStepIfKeysCostNothing) {
  const CostModel cost(params.spec(), {}, {.key_megabyte_ms = 0});
  const auto keys = choose_keys(grid_needs(), cost, kKeySlots);
  EXPECT_EQ(keys.steps(), all_of(grid_needs()).steps());
}

TEST_F(KeySearch, TakesFewKeysIfTheyAreDear) {
  const CostModel cost(params.spec(), {}, {.key_megabyte_ms = 1e6});
  const auto keys = choose_keys(grid_needs(), cost, kKeySlots);
  EXPECT_THAT(keys.steps(), ElementsAre(128)) << "each baby made of the one before";
}

TEST_F(KeySearch, NeverPricesMoreThanAKeyForEveryStepNorThanPowersOfTwo) {
  StepSet doubled;
  for (std::uint32_t step = 1; step < kKeySlots; step *= 2) doubled.insert(step);
  for (const double price : {0.3, 3.0, 30.0}) {
    const CostModel cost(params.spec(), {}, {price});
    std::vector<StepNeed> needs = grid_needs();
    needs.push_back({Kind::kGiants, {1, 8, 9, 64, 65, 72, 73}, {9}, 8});
    const double found =
        rotations_price(needs, choose_keys(needs, cost, kKeySlots), cost, kKeySlots);
    EXPECT_LT(found, rotations_price(needs, all_of(needs), cost, kKeySlots));
    EXPECT_LT(found, rotations_price(needs, doubled, cost, kKeySlots));
  }
}

TEST_F(KeySearch, PricesAKeyOnceAtTheHighestLevelItIsUsedAt) {
  const CostModel cost(params.spec());
  const std::vector<StepNeed> needs{{Kind::kBabies, {8}, {3}, 2}, {Kind::kGiants, {8}, {5}, 3}};
  EXPECT_DOUBLE_EQ(rotations_price(needs, {}, cost, kKeySlots),
                   2 * (cost.hoist_ms({3}) + cost.rotate_hoisted_ms({3})) +
                       3 * cost.rotate_ms({5}) + cost.key_ms({5}));
}

TEST_F(KeySearch, FindsTheStepsThatAProgramNeeds) {
  const auto network_stages = stages(testing_networks::tiny_network()).value();
  testing_networks::Draw draw(3);
  Plan plan = testing_networks::random_plan(draw, network_stages, 12);
  plan.keyed = {};
  const auto tiny_params = ckks::Params::create(plan.params).value();
  const Program program = lower(network_stages, plan, tiny_params);
  const auto needs = step_needs(program);
  std::uint32_t babies = 0, giants = 0;
  std::vector<std::uint32_t> folds;
  StepSet all;
  for (const StepNeed& need : needs) {
    const auto count = static_cast<std::uint32_t>(need.steps.size()) * need.ciphertexts;
    if (need.kind == Kind::kBabies) babies += count;
    if (need.kind == Kind::kGiants) giants += count;
    if (need.kind == Kind::kFold) folds.push_back(need.steps.front());
    for (const std::uint32_t step : need.steps) all.insert(step);
  }
  const auto counts = count_operations(program);
  EXPECT_EQ(babies, counts.hoisted_rotations);
  EXPECT_EQ(giants + folds.size(), counts.rotations);
  EXPECT_THAT(folds, ElementsAre(4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048));
  std::vector<std::uint32_t> keyed;
  for (const auto& rotation : rotations(program)) keyed.push_back(rotation.step);
  EXPECT_EQ(all.steps(), keyed);
}

}  // namespace
}  // namespace veilray::plan
