#include "train/codebook.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "train/test_numbers.h"

namespace veilray::train {
namespace {

TEST(Codebook, ChoosesTheNearestCode) {
  const auto embedding = normal({16, 3}, 1), vectors = normal({2, 3, 4, 5}, 2);
  const auto quantized = Codebook(embedding.clone()).quantize(vectors);
  const auto flat = rows(vectors);
  for (std::int64_t i = 0; i < flat.size(0); ++i) {
    const auto distances = (embedding - flat[i]).square().sum(1);
    EXPECT_EQ(quantized.indices[i].item<std::int64_t>(), distances.argmin().item<std::int64_t>());
  }
  const auto chosen = embedding.index_select(0, quantized.indices);
  EXPECT_TRUE(rows(quantized.codes).allclose(chosen, 1e-5, 1e-6));
  EXPECT_NEAR(quantized.commitment.item<double>(), (flat - chosen).square().mean().item<double>(),
              1e-6);
}

TEST(Codebook, PassesTheGradientStraightThrough) {
  const auto vectors = normal({1, 3, 2, 2}, 2).set_requires_grad(true);
  const auto weights = normal({1, 3, 2, 2}, 3);
  (Codebook(normal({8, 3}, 1)).quantize(vectors).codes * weights).sum().backward();
  EXPECT_TRUE(vectors.grad().allclose(weights));
}

TEST(Codebook, IsPlacedOnItsFirstBatch) {
  auto embedding = normal({8, 3}, 1) + 100.0;
  const auto vectors = normal({2, 3, 4, 4}, 2);
  Codebook(embedding).follow(vectors, torch::Tensor(), 5);
  const auto flat = rows(vectors);
  for (std::int64_t code = 0; code < 8; ++code) {
    const auto distance = (flat - embedding[code]).square().sum(1).min().item<double>();
    EXPECT_LT(distance, 1e-8) << "code " << code;
  }
}

TEST(Codebook, FollowsTheMeanOfWhatChoseIt) {
  auto embedding = at::zeros({2, 1});
  Codebook codebook(embedding);
  const auto values = torch::tensor({-3.0F, -1.0F, 5.0F, 7.0F}).reshape({1, 1, 2, 2});
  codebook.follow(values, torch::Tensor(), 1);
  embedding.copy_(torch::tensor({-2.5F, 5.5F}).unsqueeze(1));
  for (int step = 0; step < 1500; ++step) {
    codebook.follow(values, torch::tensor({0, 0, 1, 1}), 1);
  }
  EXPECT_NEAR(embedding[0].item<double>(), -2.0, 1e-3);
  EXPECT_NEAR(embedding[1].item<double>(), 6.0, 1e-3);
}

TEST(Codebook, BringsDeadCodesBackToLife) {
  auto embedding = normal({4, 2}, 1);
  Codebook codebook(embedding);
  const auto vectors = normal({1, 2, 8, 8}, 2);
  codebook.follow(vectors, torch::Tensor(), 1);
  const auto code = embedding[3].clone();
  const auto first_alone = at::zeros({64}, torch::kInt64);
  int steps = 0;
  // Until then only rounding moves it.
  while (embedding[3].allclose(code, 1e-3, 1e-3) && steps < 1000) {
    codebook.follow(vectors, first_alone, static_cast<std::uint64_t>(++steps));
  }
  // 0.99^n falls below 0.05 at n = 299.
  EXPECT_NEAR(steps, 299, 2);
  EXPECT_LT((rows(vectors) - embedding[3]).square().sum(1).min().item<double>(), 1e-8);
}

}  // namespace
}  // namespace veilray::train
