#include "train/quadratic.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace veilray::train {
namespace {

Activated by_operations(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& beta,
                        const at::Tensor& c, double range) {
  return activated((alpha * x + beta) * x + c, x, range);
}

struct Inputs {
  at::Tensor x, alpha, beta, c;
};

at::Tensor leaf(const at::Tensor& values) { return values.clone().requires_grad_(true); }

Inputs drawn() {
  at::manual_seed(7);
  const auto one = [](double value) {
    return leaf(at::full({1}, value, at::TensorOptions(at::kFloat)));
  };
  // More than one block, and not a multiple of one.
  return {leaf(3.0 * at::randn({3, 7, 23, 29})), one(0.3), one(-0.4), one(0.2)};
}

/// A loss in which every value and the excess count, each differently.
at::Tensor loss(const Activated& activated) {
  const auto share = at::arange(activated.values.numel(), at::TensorOptions(at::kFloat)).sin();
  return (activated.values.flatten() * share).sum() + 50.0 * activated.excess;
}

void expect_close(const at::Tensor& a, const at::Tensor& b, const char* what) {
  EXPECT_TRUE(at::allclose(a, b, 1e-4, 1e-4)) << what << ": " << (a - b).abs().max();
}

TEST(Quadratic, IsWhatOperationsGiveWithItsGradients) {
  const auto one_pass = drawn(), operations = drawn();
  const auto a = quadratic(one_pass.x, one_pass.alpha, one_pass.beta, one_pass.c, 2.5);
  const auto b = by_operations(operations.x, operations.alpha, operations.beta, operations.c, 2.5);
  expect_close(a.values, b.values, "values");
  expect_close(a.excess, b.excess, "excess");
  EXPECT_EQ(a.least, b.least);
  EXPECT_EQ(a.most, b.most);
  EXPECT_GT(a.excess.item<double>(), 0.0);

  torch::autograd::backward({loss(a)}, {});
  torch::autograd::backward({loss(b)}, {});
  expect_close(one_pass.x.grad(), operations.x.grad(), "x");
  expect_close(one_pass.alpha.grad(), operations.alpha.grad(), "alpha");
  expect_close(one_pass.beta.grad(), operations.beta.grad(), "beta");
  expect_close(one_pass.c.grad(), operations.c.grad(), "c");
}

TEST(Quadratic, TakesATensorThatIsNotContiguous) {
  const auto in = drawn();
  const auto turned = in.x.transpose(2, 3);
  const auto a = quadratic(turned, in.alpha, in.beta, in.c, 2.5);
  const auto b = by_operations(turned, in.alpha, in.beta, in.c, 2.5);
  expect_close(a.values, b.values, "values");
}

TEST(Quadratic, LeavesAnInfinityToBeSeen) {
  const auto in = drawn();
  const auto far = at::full({4}, std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isinf(quadratic(far, in.alpha, in.beta, in.c, 2.5).most));
}

}  // namespace
}  // namespace veilray::train
