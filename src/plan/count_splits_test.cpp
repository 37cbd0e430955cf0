#include "plan/count_splits.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "plan/layouts_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Case;
using testing_layouts::Draw;
using testing_layouts::random_matrix;

SplitCost counted_one_by_one(const std::vector<Diagonal>& diagonals, const StepSplit& split,
                             std::uint32_t slots) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> babies, giants;
  std::set<std::uint32_t> hoists, sums, keys;
  for (const Diagonal& d : diagonals) {
    const auto [baby, giant] = split(d.distance, slots);
    if (baby != 0) babies.insert({d.in, baby}), hoists.insert(d.in), keys.insert(baby);
    if (giant != 0) giants.insert({d.out, giant}), sums.insert(d.out), keys.insert(giant);
  }
  const auto size = [](const auto& set) { return static_cast<std::uint32_t>(set.size()); };
  return {size(hoists), size(babies), size(giants), size(sums), size(diagonals), size(keys)};
}

void expect_counted(const SlotMatrix& matrix) {
  const std::uint32_t slots = matrix.out.slots(), log_slots = matrix.out.log_slots();
  const auto diagonals = matrix.diagonals();
  AxisMemo memo;
  const DistanceSets sets(matrix, memo);
  EXPECT_EQ(sets.by_pair().diagonals(), diagonals.size());
  EXPECT_GE(sets.diagonals_at_most(), diagonals.size());
  const double least = sets.by_pair().rotations_at_least();
  const auto splits = count_splits(sets);
  EXPECT_EQ(splits.size(), 2U * log_slots * (log_slots + 1) + 2);
  for (const auto& [split, cost] : splits) {
    const SplitCost want = counted_one_by_one(diagonals, split, slots);
    ASSERT_EQ(std::tie(cost.hoists, cost.babies, cost.giants, cost.sums, cost.products, cost.keys),
              std::tie(want.hoists, want.babies, want.giants, want.sums, want.products, want.keys))
        << "bits " << split.low << ".." << split.high << " of " << log_slots
        << (split.centred ? ", centred" : "") << (split.middle_is_giant ? ", giant" : ", baby");
    ASSERT_LE(least, cost.babies + cost.giants + 1e-9);
  }
}

TEST(CountSplits, AgreesWithCountingOneByOne) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Draw draw(seed);
    const Case one = testing_layouts::random_case(draw);
    expect_counted(random_matrix(draw, one, SlotMatrix::Form::kPlaced, draw.coin()));
    const Case dense = testing_layouts::random_dense_case(draw);
    expect_counted(random_matrix(draw, dense, SlotMatrix::Form::kFolded, false));
  }
}

TEST(CountSplits, AgreesWithCountingOneByOneOnCiphertextsOfEverySize) {
  for (std::uint32_t log_slots = 0; log_slots <= 9; ++log_slots) {
    SCOPED_TRACE("seed and log_slots " + std::to_string(log_slots));
    Draw draw(log_slots);
    const Case one = testing_layouts::random_convolution_case(draw);
    expect_counted(random_matrix(draw, one, SlotMatrix::Form::kPlaced, draw.coin(), log_slots));
  }
}

TEST(DistanceSets, AreTheSameOutOfAMemo) {
  AxisMemo memo;
  Draw draw(1);
  const Case one = testing_layouts::random_convolution_case(draw);
  for (int round = 0; round < 40; ++round) {
    const auto matrix = random_matrix(draw, one, SlotMatrix::Form::kPlaced, draw.coin(), 7);
    EXPECT_EQ(DistanceSets(matrix, memo).by_pair().diagonals(), matrix.diagonals().size())
        << matrix.in.text() << " to " << matrix.out.text();
  }
  EXPECT_LT(memo.size(), 3U * 40) << "no axis was met again";
}

TEST(Cheapest, IsTheFirstOfTheSplitsForWhichThePriceIsSmallest) {
  const std::vector<CountedSplit> splits{{{0, 0, false, false}, {.babies = 3}},
                                         {{0, 1, true, false}, {.babies = 2}},
                                         {{0, 2, true, false}, {.babies = 2}},
                                         {{0, 3, true, false}, {.babies = 4}}};
  const auto found = cheapest(splits, [](const SplitCost& cost) { return 1.0 * cost.babies; });
  EXPECT_EQ(found.split.high, 1U);
  EXPECT_EQ(found.counts.babies, 2U);
}

}  // namespace
}  // namespace veilray::plan
