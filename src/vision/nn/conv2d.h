#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "vision/nn/activation.h"

namespace veilray::vision::nn {

struct ConvSpec {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t pad_begin = 1;  // rows above, columns left
  std::int64_t pad_end = 1;    // rows below, columns right
  /// out += conv(in) instead of out = conv(in): the residual sum at no extra pass.
  bool accumulate = false;
  /// The map on that side is planar [channels][height][width], of any number of channels.
  bool planar_in = false;
  bool planar_out = false;
};

/// A convolution by oneDNN with bias. Weights are laid out for the CPU once, in the constructor;
/// the primitive of each size is made once and kept.
class Conv2d {
 public:
  /// weight [out, in, kernel, kernel], bias [out]; `expected` is the input size to prepare for.
  Conv2d(const ConvSpec& spec, std::span<const float> weight, std::span<const float> bias,
         std::int64_t expected_height, std::int64_t expected_width);
  ~Conv2d();
  Conv2d(Conv2d&&) noexcept;
  Conv2d& operator=(Conv2d&&) noexcept;

  Extent output_extent(std::int64_t in_height, std::int64_t in_width) const;

  // One of these per combination of planar sides; another one than the spec's is asserted against.
  /// `out` is reset to the output's extent unless it accumulates, and is not `in`.
  void run(const FeatureMap& in, FeatureMap& out);
  void run_planar_in(std::span<const float> in, std::int64_t height, std::int64_t width,
                     FeatureMap& out);
  void run_planar_out(const FeatureMap& in, std::span<float> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace veilray::vision::nn
