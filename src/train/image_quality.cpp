#include "train/image_quality.h"

#include <ATen/ATen.h>

namespace veilray::train {
namespace {

constexpr std::int64_t kWindow = 11;
constexpr double kDeviation = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

torch::Tensor grey(const torch::Tensor& x) {
  return ((x.detach().to(torch::kFloat32).mean(1, true) + 1.0) / 2.0).clamp(0.0, 1.0);
}

torch::Tensor window(const torch::TensorOptions& options) {
  const auto at = at::arange(kWindow, options) - static_cast<double>(kWindow / 2);
  auto line = (-at.square() / (2.0 * kDeviation * kDeviation)).exp();
  line /= line.sum();
  return at::outer(line, line).reshape({1, 1, kWindow, kWindow});
}

}  // namespace

torch::Tensor psnr(const torch::Tensor& a, const torch::Tensor& b) {
  const auto error = (grey(a) - grey(b)).square().mean({1, 2, 3});
  return -10.0 * error.clamp_min(1e-12).log10();
}

torch::Tensor ssim(const torch::Tensor& a, const torch::Tensor& b) {
  const auto x = grey(a), y = grey(b);
  const auto weights = window(x.options());
  const auto mean = [&](const torch::Tensor& of) { return at::conv2d(of, weights); };
  const auto mx = mean(x), my = mean(y);
  const auto vx = mean(x * x) - mx * mx, vy = mean(y * y) - my * my, cov = mean(x * y) - mx * my;
  const auto map =
      ((2.0 * mx * my + kC1) * (2.0 * cov + kC2)) / ((mx * mx + my * my + kC1) * (vx + vy + kC2));
  return map.mean({1, 2, 3});
}

}  // namespace veilray::train
