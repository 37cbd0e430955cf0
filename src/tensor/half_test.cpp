#include "tensor/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace veilray::tensor {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Half, KnowsTheValuesOfIeee754) {
  EXPECT_EQ(half_to_float(0x3c00), 1.0F);
  EXPECT_EQ(half_to_float(0xc000), -2.0F);
  EXPECT_EQ(half_to_float(0x3555), 0.333251953125F);
  EXPECT_EQ(half_to_float(0x7bff), 65504.0F);
  EXPECT_EQ(half_to_float(0x0400), 0x1p-14F);
  EXPECT_EQ(half_to_float(0x0001), 0x1p-24F);
  EXPECT_EQ(half_to_float(0x7c00), kInfinity);
  EXPECT_EQ(half_to_float(0xfc00), -kInfinity);
  EXPECT_TRUE(std::isnan(half_to_float(0x7e01)));
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
}

TEST(Half, ComesBackFromFloatForEveryBitPattern) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(half_to_float(float_to_half(value)))) << bits;
    } else {
      ASSERT_EQ(float_to_half(value), half) << bits;
    }
  }
}

/// Nearest, ties to even, found by looking at the neighbours.
void expect_nearest_half(float value) {
  const std::uint16_t bits = float_to_half(value);
  const double error = std::abs(half_to_float(bits) - double{value});
  for (const int step : {-1, 1}) {
    const float neighbour = half_to_float(static_cast<std::uint16_t>(bits + step));
    if (!std::isfinite(neighbour)) continue;
    const double other = std::abs(neighbour - double{value});
    ASSERT_LE(error, other) << value;
    if (error == other) {
      ASSERT_EQ(bits % 2, 0) << value << " is a tie";
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  SeededRng rng(11);
  for (int i = 0; i < 100000; ++i) {
    const double unit = static_cast<double>(rng.next_u64() >> 11) * 0x1p-53;
    const int exponent = static_cast<int>(rng.next_u64() % 36) - 26;
    expect_nearest_half(static_cast<float>(std::ldexp(1 + unit, exponent)));
  }
  for (std::uint16_t bits = 1; bits < 0x7bff; bits = static_cast<std::uint16_t>(bits + 7)) {
    const auto next = static_cast<std::uint16_t>(bits + 1);
    expect_nearest_half((half_to_float(bits) + half_to_float(next)) / 2);
  }
}

TEST(Half, OverflowsToInfinityAndUnderflowsToZero) {
  EXPECT_EQ(float_to_half(65519.0F), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0F), 0x7c00);
  EXPECT_EQ(float_to_half(-1e30F), 0xfc00);
  EXPECT_EQ(float_to_half(0x1p-25F), 0x0000) << "a tie between 0 and the smallest subnormal";
  EXPECT_EQ(float_to_half(0x1.8p-25F), 0x0001);
  EXPECT_EQ(float_to_half(-1e-30F), 0x8000);
}

TEST(Bfloat16, IsTheUpperHalfOfAFloatRoundedToNearestEven) {
  EXPECT_EQ(bfloat16_to_float(0x3f80), 1.0F);
  EXPECT_EQ(float_to_bfloat16(1.0F), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f808000U)), 0x3f80) << "tie, even below";
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f818000U)), 0x3f82) << "tie, even above";
  EXPECT_EQ(float_to_bfloat16(std::bit_cast<float>(0x3f808001U)), 0x3f81);
  EXPECT_EQ(float_to_bfloat16(kInfinity), 0x7f80);
  EXPECT_EQ(float_to_bfloat16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::nanf("1")))));
}

}  // namespace
}  // namespace veilray::tensor
