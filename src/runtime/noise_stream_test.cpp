#include "runtime/noise_stream.h"

#include <gtest/gtest.h>

#include <cmath>

namespace veilray::runtime {
namespace {

constexpr int kDraws = 1 << 20;

TEST(NoiseStream, HasTheMomentsOfTheNormalDistribution) {
  NoiseStream stream({1, 2});
  double sum = 0, squares = 0, cubes = 0, fourths = 0, neighbours = 0, last = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.next();
    sum += x, squares += x * x, cubes += x * x * x, fourths += x * x * x * x;
    neighbours += x * last, last = x;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.005);
  EXPECT_NEAR(squares / kDraws, 1, 0.01);
  EXPECT_NEAR(cubes / kDraws, 0, 0.02);
  EXPECT_NEAR(fourths / kDraws, 2.7, 0.05) << "that of four uniform numbers; the normal one's is 3";
  EXPECT_NEAR(neighbours / kDraws, 0, 0.005);
}

TEST(NoiseStream, GivesTheSameNumbersForTheSameNamesOnly) {
  NoiseStream stream({3, 0, 5}), same({3, 0, 5}), other({3, 1, 5}), swapped({5, 0, 3});
  double with_other = 0, with_swapped = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.next();
    ASSERT_EQ(x, same.next());
    with_other += x * other.next(), with_swapped += x * swapped.next();
  }
  EXPECT_NEAR(with_other / kDraws, 0, 0.005);
  EXPECT_NEAR(with_swapped / kDraws, 0, 0.005);
}

}  // namespace
}  // namespace veilray::runtime
