#pragma once
// Films and what became of them, side by side.
#include <torch/types.h>

#include "vision/image.h"

namespace veilray::train {

/// Two rows of [n, 3, h, w] in [-1, 1]: the films above, their reconstructions below, in grey.
vision::Image sample_grid(const torch::Tensor& films, const torch::Tensor& made);

}  // namespace veilray::train
