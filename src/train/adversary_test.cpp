#include "train/adversary.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "train/test_numbers.h"

namespace veilray::train {
namespace {

double value(const torch::Tensor& scalar) { return scalar.item<double>(); }

VqganRecipe opposed_recipe() {
  VqganRecipe recipe;
  recipe.loss.features = 0.25;
  recipe.adversary = {.weight = 0.5, .channels = 4, .layers = 2, .learning_rate = 2e-3};
  return recipe;
}

TEST(HingeLoss, IsWhatIsCountedByHand) {
  // 1 - x of the films: -1, 0.5, 2; 1 + x of the made: -1, 1, 1.5, 0.
  const auto films = torch::tensor({2.0, 0.5, -1.0});
  const auto made = torch::tensor({-2.0, 0.0, 0.5, -1.0});
  EXPECT_NEAR(value(hinge_loss(films, made)), 0.5 * (2.5 / 3.0 + 2.5 / 4.0), 1e-6);
  EXPECT_EQ(value(hinge_loss(torch::ones({4}), -torch::ones({4}))), 0.0);
  EXPECT_EQ(value(hinge_loss(torch::zeros({4}), torch::zeros({4}))), 1.0);
}

TEST(FeatureDistance, IsTheMeanOverLayersOfSharesCountedByHand) {
  const std::vector<torch::Tensor> films = {torch::tensor({1.0, -3.0}), torch::tensor({10.0})};
  const std::vector<torch::Tensor> made = {torch::tensor({2.0, -3.0}), torch::tensor({5.0})};
  EXPECT_NEAR(value(feature_distance(films, made)), 0.5 * (0.5 / 2.0 + 5.0 / 10.0), 1e-6);
  EXPECT_EQ(value(feature_distance(films, films)), 0.0);
  // A discriminator of larger features sees the same distance.
  const std::vector<torch::Tensor> larger_films = {films[0] * 7.0, films[1]};
  const std::vector<torch::Tensor> larger_made = {made[0] * 7.0, made[1]};
  EXPECT_NEAR(value(feature_distance(larger_films, larger_made)),
              value(feature_distance(films, made)), 1e-6);
}

TEST(AdaptiveWeight, IsTheRatioOfGradientsCountedByHand) {
  const auto last = torch::tensor({1.0F, -2.0F}).set_requires_grad(true);
  const auto reconstruction = (last * torch::tensor({3.0F, 4.0F})).sum();  // a gradient of norm 5
  const auto adversarial = -(last * torch::tensor({0.6F, 0.8F})).sum();    // of norm 1
  EXPECT_NEAR(adaptive_weight(reconstruction, adversarial, last), 5.0 / (1.0 + 1e-4), 1e-5);
  EXPECT_EQ(adaptive_weight(1000.0 * reconstruction, 0.0 * adversarial, last), 1e4);
  EXPECT_FALSE(last.grad().defined());  // nothing is left behind
}

/// A layer that makes images, as a decoder's last one does.
struct Maker {
  torch::Tensor weights = normal({3, 3, 3, 3}, 1).mul_(0.3).set_requires_grad(true);
  torch::Tensor made = at::conv2d(normal({2, 3, 16, 16}, 2), weights, {}, 1, 1);
  torch::Tensor images = normal({2, 3, 16, 16}, 3);
  torch::Tensor reconstruction = (made - images).square().mean();

  /// The norm of a loss's gradient, by the other way that libtorch has.
  double gradient(const torch::Tensor& loss) const {
    weights.mutable_grad() = torch::Tensor();
    loss.backward({}, true);
    return value(weights.grad().norm());
  }
};

TEST(Adversary, PullsByTheRatioOfGradientsTimesItsFactor) {
  const Maker maker;
  const auto recipe = opposed_recipe();
  const Adversary adversary(recipe, torch::kCPU);
  const auto pull = adversary.pull(maker.images, maker.made, maker.reconstruction, maker.weights);

  PatchDiscriminator same(*recipe.adversary, 0, torch::kCPU, torch::kFloat32);
  for (auto& [name, values] : same.parameters()) {
    values.detach().copy_(adversary.parameters().at(name).detach());
  }
  const auto trained = PatchDiscriminator::Weights::kTrained;
  const auto of_made = same.judge(maker.made, trained);
  const auto adversarial = -of_made.logits.mean();
  const auto distance =
      feature_distance(same.judge(maker.images, trained).features, of_made.features);
  const auto near = maker.reconstruction + 0.25 * distance;
  const double weight = 0.5 * maker.gradient(near) / (maker.gradient(adversarial) + 1e-4);
  EXPECT_NEAR(pull.terms.weight, weight, 1e-4 * weight);
  EXPECT_NEAR(pull.terms.adversarial, value(adversarial), 1e-5);
  EXPECT_NEAR(pull.terms.features, value(distance), 1e-5);
  EXPECT_NEAR(value(pull.loss), value(near) + weight * value(adversarial), 1e-4);
}

TEST(Adversary, PullsAtTheNetworkAndLeavesTheDiscriminatorAlone) {
  const Maker maker;
  const Adversary adversary(opposed_recipe(), torch::kCPU);
  const auto pull = adversary.pull(maker.images, maker.made, maker.reconstruction, maker.weights);
  EXPECT_GT(maker.gradient(pull.loss - maker.reconstruction), 0.0);
  for (const auto& [name, values] : adversary.parameters()) {
    EXPECT_FALSE(values.grad().defined()) << name;
  }
}

TEST(Adversary, LearnsToTellFilmsFromWhatIsMadeAndLeavesTheNetworkAlone) {
  const Maker maker;
  Adversary adversary(opposed_recipe(), torch::kCPU);
  const auto films = at::avg_pool2d(maker.images, 3, 1, 1) * 2.0;  // smoother than what is made
  double loss = 0.0;
  for (int step = 0; step < 60; ++step) loss = adversary.learn(films, maker.made, 2e-3);
  EXPECT_LT(loss, 0.3);  // 1 where it cannot tell
  EXPECT_FALSE(maker.weights.grad().defined());
}

}  // namespace
}  // namespace veilray::train
