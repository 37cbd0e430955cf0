#include "train/quadratic.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace veilray::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Sums run in float over one block and in double over the blocks.
constexpr std::int64_t kBlock = 4096;

struct Scalars {
  float alpha, beta, c, range;
};

struct Seen {
  double excess = 0.0;  // sum of squares
  float least = std::numeric_limits<float>::infinity();
  float most = -std::numeric_limits<float>::infinity();
};

void apply_block(const float* x, float* y, std::int64_t n, const Scalars& s, Seen& seen) {
  float excess = 0.0F, least = seen.least, most = seen.most;
#pragma omp simd reduction(+ : excess) reduction(min : least) reduction(max : most)
  for (std::int64_t i = 0; i < n; ++i) {
    const float v = x[i];
    y[i] = (s.alpha * v + s.beta) * v + s.c;
    const float beyond = std::max(std::abs(v) - s.range, 0.0F);
    excess += beyond * beyond;
    least = std::min(least, v);
    most = std::max(most, v);
  }
  seen = {seen.excess + static_cast<double>(excess), least, most};
}

/// Of the loss: sums of g x^2, g x and g.
struct ScalarGradients {
  double alpha = 0.0, beta = 0.0, c = 0.0;
};

/// `weight` is what the loss gains per unit of a single squared excess.
void differentiate_block(const float* x, const float* g, float* gx, std::int64_t n,
                         const Scalars& s, float weight, ScalarGradients& sums) {
  float alpha = 0.0F, beta = 0.0F, c = 0.0F;
#pragma omp simd reduction(+ : alpha, beta, c)
  for (std::int64_t i = 0; i < n; ++i) {
    const float v = x[i];
    const float beyond = v - std::clamp(v, -s.range, s.range);
    gx[i] = g[i] * (2.0F * s.alpha * v + s.beta) + 2.0F * weight * beyond;
    alpha += g[i] * v * v;
    beta += g[i] * v;
    c += g[i];
  }
  sums.alpha += static_cast<double>(alpha);
  sums.beta += static_cast<double>(beta);
  sums.c += static_cast<double>(c);
}

Scalars scalars(const at::Tensor& alpha, const at::Tensor& beta, const at::Tensor& c,
                double range) {
  return {alpha.item<float>(), beta.item<float>(), c.item<float>(), static_cast<float>(range)};
}

struct OnePass : torch::autograd::Function<OnePass> {
  /// Gives the values, the excess, and the extremes [2].
  static variable_list forward(AutogradContext* context, const at::Tensor& input,
                               const at::Tensor& alpha, const at::Tensor& beta, const at::Tensor& c,
                               double range) {
    const auto x = input.contiguous();
    const auto s = scalars(alpha, beta, c, range);
    auto values = at::empty_like(x);
    Seen seen;
    for (std::int64_t from = 0; from < x.numel(); from += kBlock) {
      apply_block(x.data_ptr<float>() + from, values.data_ptr<float>() + from,
                  std::min(kBlock, x.numel() - from), s, seen);
    }
    context->save_for_backward({x, alpha, beta, c});
    context->saved_data["range"] = range;
    const auto excess =
        at::scalar_tensor(seen.excess / static_cast<double>(x.numel()), x.options());
    const auto extremes = at::tensor({seen.least, seen.most});
    context->mark_non_differentiable({extremes});
    return {values, excess, extremes};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto s = scalars(saved[1], saved[2], saved[3], context->saved_data["range"].toDouble());
    const auto g = gradients[0].defined() ? gradients[0].contiguous() : at::zeros_like(x);
    const double penalty = gradients[1].defined() ? gradients[1].item<double>() : 0.0;
    const auto weight = static_cast<float>(penalty / static_cast<double>(x.numel()));
    auto gx = at::empty_like(x);
    ScalarGradients sums;
    for (std::int64_t from = 0; from < x.numel(); from += kBlock) {
      differentiate_block(x.data_ptr<float>() + from, g.data_ptr<float>() + from,
                          gx.data_ptr<float>() + from, std::min(kBlock, x.numel() - from), s,
                          weight, sums);
    }
    const auto one = [&](double sum, const at::Tensor& like) { return at::full_like(like, sum); };
    return {gx, one(sums.alpha, saved[1]), one(sums.beta, saved[2]), one(sums.c, saved[3]),
            at::Tensor()};
  }
};

}  // namespace

Activated quadratic(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& beta,
                    const at::Tensor& c, double range) {
  if (!x.is_cpu() || x.scalar_type() != at::kFloat) {
    return activated((alpha * x + beta) * x + c, x, range);
  }
  const auto out = OnePass::apply(x, alpha, beta, c, range);
  const auto* extremes = out[2].data_ptr<float>();
  return {out[0], out[1], static_cast<double>(extremes[0]), static_cast<double>(extremes[1])};
}

Activated activated(at::Tensor values, const at::Tensor& x, double range) {
  const auto [least, most] = at::aminmax(x.detach());
  return {std::move(values), at::relu(x.abs() - range).square().mean(), least.item<double>(),
          most.item<double>()};
}

}  // namespace veilray::train
