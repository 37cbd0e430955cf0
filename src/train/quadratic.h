#pragma once
// The activation of an encrypted network as training sees it.
#include <ATen/core/Tensor.h>

namespace veilray::train {

/// What one activation gives, and what it says of its input.
struct Activated {
  at::Tensor values;               // alpha x^2 + beta x + c, shaped like x
  at::Tensor excess;               // scalar: the mean of max(|x| - range, 0)^2; differentiable, too
  double least = 0.0, most = 0.0;  // of x
};

/// Everything in one pass over x and one back, where x is float on the CPU: as operations of
/// libtorch it is some thirty passes over more bytes than the caches hold. Elsewhere by those
/// operations. alpha, beta and c have one element.
Activated quadratic(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& beta,
                    const at::Tensor& c, double range);

/// Any activation's values, with what libtorch's operations say of its input.
Activated activated(at::Tensor values, const at::Tensor& x, double range);

}  // namespace veilray::train
