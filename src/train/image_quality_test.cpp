#include "train/image_quality.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

namespace veilray::train {
namespace {

torch::Tensor uniform(at::IntArrayRef shape, std::uint64_t seed) {
  return at::rand(shape, at::make_generator<at::CPUGeneratorImpl>(seed), torch::TensorOptions());
}

TEST(Psnr, IsThatOfAConstantError) {
  const auto film = at::zeros({2, 3, 16, 16});
  const auto other = at::stack({at::full({3, 16, 16}, 0.2), at::full({3, 16, 16}, 0.02)});
  const auto got = psnr(film, other);  // errors of 0.1 and 0.01 on a peak of one
  EXPECT_NEAR(got[0].item<double>(), 20.0, 1e-3);
  EXPECT_NEAR(got[1].item<double>(), 40.0, 1e-3);
}

TEST(Psnr, ClampsWhatNoScreenCanShow) {
  const auto white = at::ones({1, 3, 16, 16});
  EXPECT_GT(psnr(white, 3.0 * white).item<double>(), 100.0);
}

TEST(Ssim, IsOneForEqualFilmsAndSymmetric) {
  const auto a = 2.0 * uniform({3, 1, 32, 24}, 1) - 1.0, b = 2.0 * uniform({3, 1, 32, 24}, 2) - 1.0;
  EXPECT_TRUE(ssim(a, a).allclose(at::ones({3}), 1e-5, 1e-5));
  EXPECT_TRUE(ssim(a, b).allclose(ssim(b, a), 1e-5, 1e-6));
  EXPECT_LT(ssim(a, b).max().item<double>(), 0.2);
}

// With constant films every window has means m and n and no variance: the formula by hand.
TEST(Ssim, OfConstantFilmsComparesTheirBrightnessAlone) {
  const double m = 0.25, n = 0.75, c1 = 1e-4;
  const auto film = [](double grey) { return at::full({1, 1, 16, 16}, 2.0 * grey - 1.0); };
  EXPECT_NEAR(ssim(film(m), film(n)).item<double>(), (2 * m * n + c1) / (m * m + n * n + c1), 5e-4);
}

// One window alone, the definition written out in double.
TEST(Ssim, OfOneWindowIsItsDefinition) {
  const auto a = uniform({1, 1, 11, 11}, 3), b = uniform({1, 1, 11, 11}, 4);
  double sum = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) {
      const double w = std::exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) / (2 * 1.5 * 1.5));
      const double x = (a[0][0][i][j].item<double>() + 1) / 2;
      const double y = (b[0][0][i][j].item<double>() + 1) / 2;
      sum += w, mx += w * x, my += w * y, xx += w * x * x, yy += w * y * y, xy += w * x * y;
    }
  }
  mx /= sum, my /= sum;
  const double vx = xx / sum - mx * mx, vy = yy / sum - my * my, cov = xy / sum - mx * my;
  const double want =
      (2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4));
  EXPECT_NEAR(ssim(a, b).item<double>(), want, 1e-4);
}

}  // namespace
}  // namespace veilray::train
