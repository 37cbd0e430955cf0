#pragma once
// For tests: random maps, and layers as naive loops in double over planar [c][h][w] values.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "vision/nn/activation.h"

namespace veilray::vision::nn::test {

inline std::vector<float> random_values(std::size_t count, std::uint64_t seed, float mean = 0.0F,
                                        float deviation = 1.0F) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(bits);
  return values;
}

inline std::vector<double> widen(std::span<const float> values) {
  return {values.begin(), values.end()};
}

inline FeatureMap packed(std::span<const float> planar, const Extent& extent) {
  FeatureMap map;
  pack(planar, extent, map);
  return map;
}

inline std::vector<float> planar(const FeatureMap& map) {
  std::vector<float> values(map.extent.size());
  unpack(map, values);
  return values;
}

inline void expect_near(std::span<const float> got, std::span<const double> want,
                        double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(got[i]), want[i], tolerance) << "at " << i;
  }
}

/// GroupNorm with 32 groups, eps 1e-6.
inline std::vector<double> naive_group_norm(std::span<const float> in, const Extent& extent,
                                            std::span<const float> weight,
                                            std::span<const float> bias) {
  std::vector<double> out = widen(in);
  const std::size_t positions = static_cast<std::size_t>(extent.positions());
  const std::size_t group = static_cast<std::size_t>(extent.channels) / 32 * positions;
  for (std::size_t begin = 0; begin < out.size(); begin += group) {
    double mean = 0.0, variance = 0.0;
    for (std::size_t i = begin; i < begin + group; ++i) mean += out[i];
    mean /= static_cast<double>(group);
    for (std::size_t i = begin; i < begin + group; ++i) {
      variance += (out[i] - mean) * (out[i] - mean);
    }
    variance /= static_cast<double>(group);
    for (std::size_t i = begin; i < begin + group; ++i) {
      const std::size_t c = i / positions;
      out[i] = (out[i] - mean) / std::sqrt(variance + 1e-6) * static_cast<double>(weight[c]) +
               static_cast<double>(bias[c]);
    }
  }
  return out;
}

}  // namespace veilray::vision::nn::test
