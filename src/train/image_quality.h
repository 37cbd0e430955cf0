#pragma once
// How alike two images are.
#include <torch/types.h>

namespace veilray::train {

/// Both take [n, c, h, w] in [-1, 1], reduce each film to grey in [0, 1] (values outside are
/// clamped), and return one number a film, [n].

/// Peak signal-to-noise ratio in dB, peak 1.
torch::Tensor psnr(const torch::Tensor& a, const torch::Tensor& b);
/// Mean structural similarity: Gaussian window of 11 pixels and deviation 1.5, K1 = 0.01, K2 =
/// 0.03, windows inside the film only. Source: Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13(4),
/// 2004.
torch::Tensor ssim(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace veilray::train
