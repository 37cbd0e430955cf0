#include "vision/nn/upsample.h"

#include <algorithm>

#include "vision/nn/threads.h"

namespace veilray::vision::nn {

void upsample_nearest_x2(const FeatureMap& in, FeatureMap& out) {
  const std::int64_t width = in.extent.width;
  const std::int64_t lanes = block_channels();
  out.reset({in.extent.channels, 2 * in.extent.height, 2 * width});
  parallel_for(in.blocks() * in.extent.height, [&](std::int64_t row) {
    const float* from = in.data.data() + row * width * lanes;
    float* to = out.data.data() + row * 4 * width * lanes;
    for (std::int64_t x = 0; x < width; ++x) {
      std::copy_n(from + x * lanes, lanes, to + 2 * x * lanes);
      std::copy_n(from + x * lanes, lanes, to + (2 * x + 1) * lanes);
    }
    std::copy_n(to, 2 * width * lanes, to + 2 * width * lanes);
  });
}

}  // namespace veilray::vision::nn
