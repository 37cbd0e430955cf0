#include "train/discriminator.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "train/test_numbers.h"

namespace veilray::train {
namespace {

using Weights = PatchDiscriminator::Weights;

TEST(PatchDiscriminator, JudgesPatchesOfSeventyPixelsAtThreeLayers) {
  const torch::NoGradGuard no_grad;
  const PatchDiscriminator discriminator({.channels = 2}, 1, torch::kCPU, torch::kFloat32);
  const auto image = normal({1, 3, 160, 160}, 2);
  const auto before = discriminator.judge(image, Weights::kTrained);
  EXPECT_EQ(before.logits.sizes().vec(), (std::vector<std::int64_t>{1, 1, 18, 18}));
  EXPECT_EQ(before.features.size(), 4U);
  // One row of pixels meets the logits whose patches hold it: 8 pixels lie between neighbours.
  auto changed = image.clone();
  changed.slice(2, 80, 81).add_(1.0);
  const auto after = discriminator.judge(changed, Weights::kTrained).logits;
  const auto rows = (after - before.logits).abs().amax({0, 1, 3}).nonzero().squeeze(1);
  const auto patches_of = [](std::int64_t pixel) {  // logit r sees [8 r - 23, 8 r + 46]
    std::vector<std::int64_t> seen;
    for (std::int64_t r = 0; r < 18; ++r) {
      if (8 * r - 23 <= pixel && pixel <= 8 * r + 46) seen.push_back(r);
    }
    return torch::tensor(seen);
  };
  EXPECT_TRUE(rows.equal(patches_of(80))) << rows;
}

TEST(PatchDiscriminator, JudgesEachImageOfABatchByItself) {
  const torch::NoGradGuard no_grad;
  const PatchDiscriminator discriminator({.channels = 2, .layers = 2}, 1, torch::kCPU,
                                         torch::kFloat32);
  const auto images = normal({2, 3, 32, 32}, 3);
  const auto both = discriminator.judge(images, Weights::kTrained).logits;
  const auto alone = discriminator.judge(images.slice(0, 1), Weights::kTrained).logits;
  EXPECT_TRUE(both.slice(0, 1).allclose(alone, 1e-4, 1e-5));
  EXPECT_FALSE(both.slice(0, 0, 1).allclose(alone, 1e-4, 1e-5));
}

TEST(PatchDiscriminator, BeginsWithLogitsOfOrderOneFromItsSeed) {
  const torch::NoGradGuard no_grad;
  const auto logits = [](std::uint64_t seed) {
    return PatchDiscriminator({}, seed, torch::kCPU, torch::kFloat32)
        .judge(normal({1, 3, 96, 96}, 4), Weights::kTrained)
        .logits;
  };
  const double size = logits(1).square().mean().sqrt().item<double>();
  EXPECT_GT(size, 0.1);
  EXPECT_LT(size, 10.0);
  EXPECT_TRUE(logits(1).equal(logits(1)));
  EXPECT_FALSE(logits(1).equal(logits(2)));
}

TEST(PatchDiscriminator, LetsGradientsReachItsWeightsOnlyWhereItIsTrained) {
  const PatchDiscriminator discriminator({.channels = 2, .layers = 1}, 1, torch::kCPU,
                                         torch::kFloat32);
  const auto images = normal({1, 3, 8, 8}, 5).set_requires_grad(true);
  discriminator.judge(images, Weights::kConstant).logits.sum().backward();
  EXPECT_GT(images.grad().norm().item<double>(), 0.0);
  for (const auto& [name, values] : discriminator.parameters()) {
    EXPECT_FALSE(values.grad().defined()) << name;
  }
  discriminator.judge(images, Weights::kTrained).logits.sum().backward();
  for (const auto& [name, values] : discriminator.parameters()) {
    EXPECT_GT(values.grad().norm().item<double>(), 0.0) << name;
  }
}

}  // namespace
}  // namespace veilray::train
