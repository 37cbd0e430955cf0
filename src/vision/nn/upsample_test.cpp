#include "vision/nn/upsample.h"

#include <gtest/gtest.h>

#include "vision/nn/test_maps.h"

namespace veilray::vision::nn {
namespace {

TEST(UpsampleNearest, RepeatsEachPixelTwiceInBothDirections) {
  const Extent small{32, 3, 5};
  const Extent large{32, 6, 10};
  const auto values = test::random_values(small.size(), 1);
  FeatureMap out;
  upsample_nearest_x2(test::packed(values, small), out);
  ASSERT_EQ(out.extent, large);
  const auto got = test::planar(out);
  std::size_t i = 0;
  for (std::int64_t c = 0; c < large.channels; ++c) {
    for (std::int64_t y = 0; y < large.height; ++y) {
      for (std::int64_t x = 0; x < large.width; ++x, ++i) {
        const auto from = (c * small.height + y / 2) * small.width + x / 2;
        ASSERT_EQ(got[i], values[static_cast<std::size_t>(from)]);
      }
    }
  }
}

}  // namespace
}  // namespace veilray::vision::nn
