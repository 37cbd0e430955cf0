#include "plan/rotation_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

using ::testing::ElementsAre;
using Steps = std::vector<std::uint32_t>;

std::set<std::uint32_t> key_steps(const RotationTree& tree) {
  std::set<std::uint32_t> steps;
  for (const auto& edge : tree.edges) steps.insert(edge.step);
  return steps;
}

TEST(StepSet, HoldsEachStepOnceInOrder) {
  StepSet steps({9, 2, 5, 2});
  steps.insert(5);
  steps.erase(9);
  steps.erase(7);
  EXPECT_THAT(steps.steps(), ElementsAre(2, 5));
  EXPECT_TRUE(steps.contains(5));
  EXPECT_FALSE(steps.contains(9));
  EXPECT_FALSE(steps.contains(1 << 20));
}

TEST(RotationTree, GivesEveryStepAKeyOfItsOwnIfNoneIsSaidToHaveOne) {
  const auto tree = rotation_tree({7, 0, 3}, {}, 16);
  EXPECT_EQ(tree.branching, 1U);
  EXPECT_EQ(key_steps(tree), (std::set<std::uint32_t>{3, 7}));
}

TEST(RotationTree, MakesAGridOfTwoFieldsWithoutOneRotationMore) {
  Steps grid;
  for (std::uint32_t k = 0; k < 32; ++k) grid.push_back(128 * k);
  const StepSet keyed({128, 256, 384, 512, 640, 768, 896, 1024, 2048, 3072});
  const auto tree = rotation_tree(grid, keyed, 4096);
  EXPECT_EQ(tree.edges.size(), 31U);
  EXPECT_EQ(tree.branching, 4U);
}

TEST(RotationTree, MakesALargeGridWithoutOneRotationMore) {
  Steps grid, keys;
  for (std::uint32_t k = 0; k < 1024; ++k) grid.push_back(k);
  for (std::uint32_t k = 1; k < 32; ++k) keys.push_back(k), keys.push_back(32 * k);
  const auto tree = rotation_tree(grid, StepSet(keys), 4096);
  EXPECT_EQ(tree.edges.size(), 1023U);
  EXPECT_EQ(tree.branching, 32U);
}

TEST(RotationTree, GoesByAStepThatIsNotWantedWhereNothingElseLeadsOn) {
  const auto tree = rotation_tree({5, 6, 7}, StepSet({1, 2, 3, 4}), 16);
  EXPECT_EQ(tree.edges.size(), 4U);
  EXPECT_LT(tree.edges.front().to, 5U);
  EXPECT_EQ(tree.branching, 2U);
}

TEST(RotationTree, GivesAKeyToWhatItCannotReach) {
  const auto tree = rotation_tree({4, 8, 9}, StepSet({4}), 16);
  EXPECT_EQ(key_steps(tree), (std::set<std::uint32_t>{4, 9}));
}

/// What callers rely on, for any sets.
void check_tree(const RotationTree& tree, const Steps& wanted, const StepSet& keyed,
                std::uint32_t slots) {
  std::set<std::uint32_t> reached{0}, branching;
  for (const auto& [from, step, to] : tree.edges) {
    EXPECT_TRUE(reached.contains(from)) << from << " is no parent yet";
    EXPECT_TRUE(reached.insert(to).second) << to << " is reached twice";
    EXPECT_EQ((from + step) % slots, to);
    EXPECT_TRUE(keyed.contains(step) || from == 0) << step << " has no key";
    EXPECT_NE(step, 0U);
    branching.insert(from);
  }
  EXPECT_EQ(branching.size(), tree.branching);
  for (const std::uint32_t step : wanted) EXPECT_TRUE(reached.contains(step)) << step;
}

TEST(RotationTree, ReachesEveryWantedStepOnceWithParentsFirst) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    testing_networks::Draw draw(seed);
    const auto log_slots = static_cast<std::uint32_t>(3 + draw.below(8));
    const StepSet keyed = testing_networks::random_keys(draw, log_slots);
    Steps wanted;  // some so many that nodes are looked up
    for (std::int64_t left = draw.below(seed % 4 == 0 ? 1000 : 40); left > 0; --left)
      wanted.push_back(static_cast<std::uint32_t>(draw.below(1 << log_slots)));
    check_tree(rotation_tree(wanted, keyed, 1U << log_slots), wanted, keyed, 1U << log_slots);
  }
}

}  // namespace
}  // namespace veilray::plan
