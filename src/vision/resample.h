#pragma once
// Antialiased bilinear resampling: a triangle as wide as the shrinking factor (one pixel when
// enlarging), weights normalised at the borders. The rule of torch's `antialias=True`.
#include <cstdint>
#include <vector>

#include "vision/image.h"

namespace veilray::vision {

/// One side resized from `in` to `out` pixels, of which `count` from `first` on are wanted.
struct ResampleAxis {
  std::uint32_t in = 0;
  std::uint32_t out = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// The inputs that make one output, and how much of each; the weights sum to 1.
struct ResampleTaps {
  std::uint32_t begin = 0;
  std::vector<float> weights = {};
};
std::vector<ResampleTaps> resample_taps(const ResampleAxis& axis);

/// The wanted window of the resized image as planes [channels, y.count, x.count], samples as they
/// are in the image, unrounded.
std::vector<float> resample(const Image& image, const ResampleAxis& x, const ResampleAxis& y);

}  // namespace veilray::vision
