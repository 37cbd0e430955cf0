#include "train/pixel_augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vision/vqgan/test_networks.h"

namespace veilray::train {
namespace {

using vision::vqgan::test::largest_difference;
using vision::vqgan::test::wave_image;

constexpr PixelAugmentation kNothing{
    .copies = 1, .rotation = 0, .scale = 0, .shift = 0, .flip = 0, .brightness = 0, .contrast = 0};

tensor::Tensor film() { return wave_image(32, 48, 7); }

TEST(Augment, LeavesAFilmAsItIsWhenNothingMayChange) {
  EXPECT_LT(largest_difference(augment(film(), kNothing, 1).data, film().data), 1e-6);
}

TEST(Augment, MirrorsEveryFilmWhereTheProbabilityIsOne) {
  auto amounts = kNothing;
  amounts.flip = 1.0;
  const auto before = film(), after = augment(before, amounts, 1);
  for (std::size_t y = 0; y < 32; ++y) {
    for (std::size_t x = 0; x < 48; ++x) {
      EXPECT_NEAR(after.data[y * 48 + x], before.data[y * 48 + 47 - x], 1e-5);
    }
  }
}

TEST(Augment, TurnsAboutTheCentre) {
  auto amounts = kNothing;
  amounts.rotation = 180.0;
  auto dot = tensor::Tensor::zeros({3, 33, 33});
  for (std::size_t plane = 0; plane < 3; ++plane) dot.data[plane * 33 * 33 + 16 * 33 + 16] = 1.0F;
  EXPECT_NEAR(augment(dot, amounts, 5).data[16 * 33 + 16], 1.0F, 1e-5);
  EXPECT_GT(largest_difference(augment(film(), amounts, 5).data, film().data), 0.1);
}

TEST(Augment, KeepsThreeEqualPlanesInRangeAndDrawsBySeedAlone) {
  const PixelAugmentation amounts{};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto changed = augment(film(), amounts, seed);
    EXPECT_EQ(changed, augment(film(), amounts, seed));
    EXPECT_NE(changed, augment(film(), amounts, seed + 1));
    const auto area = static_cast<std::ptrdiff_t>(32 * 48);
    EXPECT_TRUE(std::equal(changed.data.begin(), changed.data.begin() + area,
                           changed.data.begin() + 2 * area));
    EXPECT_GE(*std::ranges::min_element(changed.data), -1.0F);
    EXPECT_LE(*std::ranges::max_element(changed.data), 1.0F);
  }
}

TEST(AugmentedSource, NamesWhatItDrawsAndDrawsAnewForEachFilmAndCopy) {
  const vision::LatentSource same{
      "same", [](const tensor::Tensor& pixels) -> Result<tensor::Tensor> { return pixels; }};
  const PixelAugmentation amounts{};
  const auto first = augmented(same, amounts, 1, 1), second = augmented(same, amounts, 1, 2);
  EXPECT_NE(first.key, second.key);
  EXPECT_NE(first.key, augmented(same, amounts, 2, 1).key);
  EXPECT_NE(first.key, augmented(same, kNothing, 1, 1).key);
  EXPECT_EQ(first.encode(film()).value(), first.encode(film()).value());
  EXPECT_NE(first.encode(film()).value(), second.encode(film()).value());
}

}  // namespace
}  // namespace veilray::train
