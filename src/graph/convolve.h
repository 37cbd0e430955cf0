#pragma once
#include "graph/op.h"

namespace veilray::graph {

/// The cross-correlation of `in` [c, h, w] to a result of `shape`, with sums in double.
Tensor convolve(const Conv2d& conv, const Tensor& in, const Shape& shape);

}  // namespace veilray::graph
