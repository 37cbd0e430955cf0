#include "vision/resample.h"

#include <gtest/gtest.h>

#include <numeric>

#include "vision/test_files.h"

namespace veilray::vision {
namespace {

ResampleAxis whole(std::uint32_t in, std::uint32_t out) { return {in, out, 0, out}; }

TEST(ResampleTaps, SumToOneAndStayInside) {
  for (const auto& [in, out] :
       {std::pair{1024U, 256U}, {33U, 256U}, {257U, 256U}, {16384U, 300U}}) {
    for (const auto& taps : resample_taps(whole(in, out))) {
      EXPECT_NEAR(std::accumulate(taps.weights.begin(), taps.weights.end(), 0.0), 1, 1e-5);
      EXPECT_LE(taps.begin + taps.weights.size(), in);
    }
  }
}

TEST(ResampleTaps, LookAsFarAsThePictureShrinks) {
  EXPECT_EQ(resample_taps(whole(1024, 256))[100].weights.size(), 8);
  EXPECT_LE(resample_taps(whole(128, 256))[100].weights.size(), 3);
}

TEST(Resample, LeavesAPictureOfTheRightSizeAlone) {
  const auto image = test::formula_image(40, 50, Photometric::kRgb);
  const auto planes = resample(image, whole(40, 40), whole(50, 50));
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_EQ(planes[c * image.pixels() + i], image.samples[i * 3 + c]);
    }
  }
}

TEST(Resample, KeepsAFlatPictureFlat) {
  Image image{90, 70, Photometric::kGrey, 255, std::vector<std::uint16_t>(90 * 70, 77)};
  for (const float value : resample(image, whole(90, 300), whole(70, 20))) {
    ASSERT_NEAR(value, 77, 1e-4);
  }
}

TEST(Resample, OfAWindowIsTheWindowOfTheResampled) {
  const auto image = test::formula_image(200, 170);
  const auto full = resample(image, whole(200, 90), whole(170, 80));
  const auto window = resample(image, {200, 90, 11, 30}, {170, 80, 23, 40});
  for (std::size_t y = 0; y < 40; ++y) {
    for (std::size_t x = 0; x < 30; ++x) {
      ASSERT_EQ(window[y * 30 + x], full[(y + 23) * 90 + x + 11]);
    }
  }
}

TEST(Resample, OfATransposedPictureIsTransposed) {
  const auto image = test::formula_image(64, 100);
  Image turned{100, 64, Photometric::kGrey, 255, std::vector<std::uint16_t>(6400)};
  for (std::size_t i = 0; i < 6400; ++i) turned.samples[i % 64 * 100 + i / 64] = image.samples[i];
  const auto plain = resample(image, whole(64, 50), whole(100, 37));
  const auto other = resample(turned, whole(100, 37), whole(64, 50));
  for (std::size_t y = 0; y < 37; ++y) {
    for (std::size_t x = 0; x < 50; ++x) {
      ASSERT_NEAR(plain[y * 50 + x], other[x * 37 + y], 1e-3);
    }
  }
}

}  // namespace
}  // namespace veilray::vision
