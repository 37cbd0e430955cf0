#pragma once
#include "vision/nn/activation.h"

namespace veilray::vision::nn {

/// out[c][y][x] = in[c][y / 2][x / 2], twice the height and width.
void upsample_nearest_x2(const FeatureMap& in, FeatureMap& out);

}  // namespace veilray::vision::nn
