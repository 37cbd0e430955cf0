#include "plan/pool_layout.h"

#include <gtest/gtest.h>

#include "plan/layouts_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Draw;
using testing_layouts::random_layout;

TEST(PoolLayout, SumsOfCiphertextsAreSumsOverWindowsWhateverTheSize) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draw draw(seed);
    const std::int64_t window = draw.coin() ? 2 : 4;
    const tensor::Shape shape{1 + draw.below(5), window + draw.below(8), window + draw.below(8)};
    const Layout layout = random_layout(draw, shape, 10, index_bits(window));
    const auto pooled = pool_layout(layout, window);
    ASSERT_TRUE(pooled) << "seed " << seed;

    const auto tensor = draw.tensor(shape, 1);
    const auto slots = pack(tensor, layout);
    ASSERT_EQ(pooled->groups.size(), pooled->layout.ciphertexts()) << "seed " << seed;
    std::vector<std::vector<double>> sums;
    for (const auto& group : pooled->groups) {
      EXPECT_EQ(group.size(), static_cast<std::size_t>(window * window)) << "seed " << seed;
      auto& sum = sums.emplace_back(layout.slots(), 0.0);
      for (const auto ct : group)
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += slots.at(ct)[i];
    }
    const auto want = graph::run(
        testing_layouts::one_node_graph(shape, {graph::SumPool{window, window}}), tensor);
    EXPECT_LT(graph::testing_graphs::relative_error(unpack(sums, pooled->layout), want), 1e-6)
        << "seed " << seed << ", " << layout.text();
  }
}

TEST(PoolLayout, OfAWindowOfOneChangesNothing) {
  const Layout layout = Layout::parse("3x5x4: x1 y2 - c0 | y0 x0 c1 y1").value();
  const auto pooled = pool_layout(layout, 1);
  ASSERT_TRUE(pooled);
  EXPECT_EQ(pooled->layout, layout);
  for (std::uint32_t ct = 0; ct < layout.ciphertexts(); ++ct)
    EXPECT_EQ(pooled->groups[ct], std::vector<std::uint32_t>{ct});
}

TEST(PoolLayout, LeavesAHoleWhereASlotBitIsNoLongerNeeded) {
  // Rows 0..4 become rows 0..1: y2, which told row 4 from row 0, has nothing left to tell.
  const Layout layout = Layout::parse("1x5x2: y1 y2 | y0 x0").value();
  const auto pooled = pool_layout(layout, 2);
  ASSERT_TRUE(pooled);
  EXPECT_EQ(pooled->layout.text(), "1x2x1: y0 - |");
}

TEST(PoolLayout, SaysNoIfAWindowBitIsASlotBit) {
  EXPECT_FALSE(pool_layout(Layout::parse("1x4x4: x0 x1 y1 | y0").value(), 2));
  EXPECT_FALSE(pool_layout(Layout::parse("1x4x4: y1 x1 | y0 x0").value(), 4));
  EXPECT_TRUE(pool_layout(Layout::parse("1x4x4: y1 x1 | y0 x0").value(), 2));
}

}  // namespace
}  // namespace veilray::plan
