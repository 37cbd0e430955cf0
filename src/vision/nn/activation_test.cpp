#include "vision/nn/activation.h"

#include <gtest/gtest.h>

#include "vision/nn/test_maps.h"

namespace veilray::vision::nn {
namespace {

constexpr Extent kExtent{64, 5, 7};

TEST(FeatureMap, UnpacksWhatWasPacked) {
  const auto values = test::random_values(kExtent.size(), 1);
  EXPECT_EQ(test::planar(test::packed(values, kExtent)), values);
}

TEST(FeatureMap, HoldsAChannelBlockTogetherAtEachPosition) {
  const auto values = test::random_values(kExtent.size(), 2);
  const FeatureMap map = test::packed(values, kExtent);
  const std::int64_t lanes = block_channels();
  ASSERT_TRUE(lanes == 8 || lanes == 16);
  for (std::int64_t c = 0; c < kExtent.channels; ++c) {
    for (std::int64_t p = 0; p < kExtent.positions(); ++p) {
      ASSERT_EQ(map.block(c / lanes)[p * lanes + c % lanes],
                values[static_cast<std::size_t>(c * kExtent.positions() + p)]);
    }
  }
}

TEST(FeatureMap, RowsAreTheTransposeAndAddBack) {
  const auto values = test::random_values(kExtent.size(), 3);
  FeatureMap map = test::packed(values, kExtent);
  std::vector<float> rows(kExtent.size());
  to_rows(map, rows);
  const auto channels = static_cast<std::size_t>(kExtent.channels);
  const auto positions = static_cast<std::size_t>(kExtent.positions());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i], values[i % channels * positions + i / channels]);
  }
  add_rows(rows, map);
  const auto doubled = test::planar(map);
  for (std::size_t i = 0; i < doubled.size(); ++i) ASSERT_EQ(doubled[i], 2.0F * values[i]);
}

}  // namespace
}  // namespace veilray::vision::nn
