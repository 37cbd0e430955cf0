#include "vision/pixel_source.h"

#include <gmock/gmock.h>

#include <numeric>

#include "vision/preprocess.h"

namespace veilray::vision {
namespace {

tensor::Tensor film_of(float (*grey)(std::int64_t y, std::int64_t x)) {
  auto film = tensor::Tensor::zeros({3, kInputSide, kInputSide});
  auto value = film.data.begin();
  for (int plane = 0; plane < 3; ++plane)
    for (std::int64_t y = 0; y < kInputSide; ++y)
      for (std::int64_t x = 0; x < kInputSide; ++x) *value++ = grey(y, x);
  return film;
}

TEST(PixelSource, AveragesSquares) {
  const auto film = film_of([](auto y, auto x) { return static_cast<float>(y - 2 * x) / 512.0F; });
  const auto small = pixel_source(64).encode(film).value();
  ASSERT_EQ(small.shape, (tensor::Shape{1, 64, 64}));
  // The mean of a plane over a square is its value in the middle: 1.5 pixels from the corner.
  const auto middle = [](float y, float x) { return (4 * y + 1.5F - 2 * (4 * x + 1.5F)) / 512.0F; };
  EXPECT_NEAR(small.data[0], middle(0, 0), 1e-6);
  EXPECT_NEAR(small.data[63], middle(0, 63), 1e-6);
  EXPECT_NEAR(small.data[63 * 64 + 5], middle(63, 5), 1e-6);
}

TEST(PixelSource, KeepsTheFilmWhereTheSideIsItsOwn) {
  const auto film = film_of([](auto y, auto x) { return static_cast<float>((y * 7 + x) % 5); });
  const auto same = pixel_source(kInputSide).encode(film).value();
  EXPECT_TRUE(std::equal(same.data.begin(), same.data.end(), film.data.begin()));
}

TEST(PixelSource, RefusesOtherSidesAndOtherFilms) {
  EXPECT_THROW(pixel_source(96), Error);
  EXPECT_THROW(pixel_source(0), Error);
  EXPECT_FALSE(pixel_source(32).encode(tensor::Tensor::zeros({1, 256, 256})).ok());
  EXPECT_NE(pixel_source(32).key, pixel_source(64).key);
}

}  // namespace
}  // namespace veilray::vision
