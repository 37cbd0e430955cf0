#include "vision/nn/conv2d.h"

#include <gtest/gtest.h>

#include <ostream>

#include "base/error.h"
#include "vision/nn/test_maps.h"

namespace veilray::vision::nn {

void PrintTo(const ConvSpec& spec, std::ostream* out) {
  *out << spec.in_channels << " to " << spec.out_channels << ", kernel " << spec.kernel
       << ", stride " << spec.stride << ", padding " << spec.pad_begin << " and " << spec.pad_end;
}

namespace {

struct Weights {
  std::vector<float> weight, bias;
  explicit Weights(const ConvSpec& s)
      : weight(test::random_values(
            static_cast<std::size_t>(s.in_channels * s.out_channels * s.kernel * s.kernel), 1, 0.0F,
            0.1F)),
        bias(test::random_values(static_cast<std::size_t>(s.out_channels), 2)) {}
};

std::vector<double> naive(const ConvSpec& s, const Weights& w, const std::vector<float>& in,
                          std::int64_t height, std::int64_t width, const Extent& out) {
  std::vector<double> result;
  for (std::int64_t o = 0; o < out.channels; ++o) {
    for (std::int64_t y = 0; y < out.height; ++y) {
      for (std::int64_t x = 0; x < out.width; ++x) {
        double sum = static_cast<double>(w.bias[static_cast<std::size_t>(o)]);
        for (std::int64_t c = 0; c < s.in_channels; ++c) {
          for (std::int64_t tap = 0; tap < s.kernel * s.kernel; ++tap) {
            const std::int64_t iy = y * s.stride - s.pad_begin + tap / s.kernel;
            const std::int64_t ix = x * s.stride - s.pad_begin + tap % s.kernel;
            if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
            const auto at_weight = (o * s.in_channels + c) * s.kernel * s.kernel + tap;
            const auto at_value = (c * height + iy) * width + ix;
            sum += static_cast<double>(w.weight[static_cast<std::size_t>(at_weight)]) *
                   static_cast<double>(in[static_cast<std::size_t>(at_value)]);
          }
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

std::vector<float> run(Conv2d& conv, const ConvSpec& spec, const std::vector<float>& values,
                       const Extent& in, const std::vector<float>& before) {
  const Extent extent = conv.output_extent(in.height, in.width);
  FeatureMap out;
  if (spec.planar_out) {
    std::vector<float> result(extent.size());
    conv.run_planar_out(test::packed(values, in), result);
    return result;
  }
  if (spec.accumulate) out = test::packed(before, extent);
  if (spec.planar_in) {
    conv.run_planar_in(values, in.height, in.width, out);
  } else {
    conv.run(test::packed(values, in), out);
  }
  return test::planar(out);
}

void expect_naive(Conv2d& conv, const ConvSpec& spec, const Weights& weights, const Extent& in) {
  const Extent out = conv.output_extent(in.height, in.width);
  const auto values = test::random_values(in.size(), 3);
  const auto before = test::random_values(out.size(), 4);
  auto want = naive(spec, weights, values, in.height, in.width, out);
  for (std::size_t i = 0; i < want.size() && spec.accumulate; ++i) {
    want[i] += static_cast<double>(before[i]);
  }
  test::expect_near(run(conv, spec, values, in, before), want, 2e-5);
}

class Convolution : public testing::TestWithParam<ConvSpec> {};

TEST_P(Convolution, EqualsTheNaiveLoopAtEverySize) {
  const ConvSpec spec = GetParam();
  const Weights weights(spec);
  Conv2d conv(spec, weights.weight, weights.bias, 8, 8);
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{8, 8},
                                      {6, 10},
                                      {8, 8},  // again: the first size's primitive is kept
                                      {2, 2},
                                      {14, 4}}) {
    SCOPED_TRACE(std::to_string(height) + " x " + std::to_string(width));
    expect_naive(conv, spec, weights, {spec.in_channels, height, width});
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, Convolution,
    testing::Values(
        ConvSpec{.in_channels = 32, .out_channels = 64},
        ConvSpec{.in_channels = 64, .out_channels = 64, .accumulate = true},
        ConvSpec{.in_channels = 32, .out_channels = 96, .kernel = 1, .pad_begin = 0, .pad_end = 0},
        // The VQGAN's downsampling: one row below, one column to the right.
        ConvSpec{.in_channels = 32, .out_channels = 32, .stride = 2, .pad_begin = 0},
        ConvSpec{.in_channels = 3, .out_channels = 32, .planar_in = true},
        ConvSpec{.in_channels = 4, .out_channels = 64, .planar_in = true},
        ConvSpec{.in_channels = 64, .out_channels = 3, .planar_out = true},
        ConvSpec{.in_channels = 32, .out_channels = 8, .planar_out = true}));

TEST(Conv2d, KeepsWorkingAfterMoreSizesThanItRemembers) {
  const ConvSpec spec{.in_channels = 32, .out_channels = 32};
  const Weights weights(spec);
  Conv2d conv(spec, weights.weight, weights.bias, 4, 4);
  for (std::int64_t side = 1; side <= 12; ++side) {
    expect_naive(conv, spec, weights, {32, side, 13 - side});
  }
}

TEST(Conv2d, RefusesWeightsOfAnotherShape) {
  const ConvSpec spec{.in_channels = 32, .out_channels = 32};
  const Weights weights(spec);
  EXPECT_THROW(Conv2d(spec, weights.weight, std::vector<float>(31), 4, 4), Error);
  EXPECT_THROW(Conv2d(spec, std::vector<float>(32 * 32), weights.bias, 4, 4), Error);
}

}  // namespace
}  // namespace veilray::vision::nn
