#pragma once
// For tests: small VQGANs, images that vary smoothly, and comparisons.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>

#include "tensor/tensor.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan::test {

/// Small, of any factor, with attention at one level beside the middle one.
inline Config small_config(std::int64_t factor = 2, std::int64_t resolution = 32) {
  Config config = published_config(factor, 32);
  config.resolution = resolution;
  config.num_res_blocks = 1;
  config.attn_resolutions = {resolution / 2};
  config.n_embed = 64;
  config.embed_dim = 16;
  return config;
}

/// A few waves of random direction: about as rough as a radiograph, in [-1, 1].
inline tensor::Tensor wave_image(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  const auto draw = [&] { return 2.0 * static_cast<double>(bits() >> 11) * 0x1p-53 - 1.0; };
  auto image = tensor::Tensor::zeros({3, height, width});
  const auto plane = static_cast<std::size_t>(height * width);
  for (int wave = 0; wave < 5; ++wave) {
    const double along_x = 0.3 * draw(), along_y = 0.3 * draw(), phase = 3.0 * draw();
    for (std::size_t p = 0; p < plane; ++p) {
      const auto x = static_cast<double>(p % static_cast<std::size_t>(width));
      const auto y = static_cast<double>(p / static_cast<std::size_t>(width));
      image.data[p] += 0.2F * static_cast<float>(std::sin(along_x * x + along_y * y + phase));
    }
  }
  for (std::size_t i = plane; i < image.data.size(); ++i) image.data[i] = image.data[i - plane];
  return image;
}

inline tensor::Tensor normal_tensor(tensor::Shape shape, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<float> normal;
  auto values = tensor::Tensor::zeros(std::move(shape));
  for (float& value : values.data) value = normal(bits);
  return values;
}

inline double largest_difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double most = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(d <= most)) most = d;  // keeps a NaN
  }
  return most;
}

inline double deviation(std::span<const float> values) {
  double sum = 0.0, square = 0.0;
  for (const float value : values) {
    sum += static_cast<double>(value);
    square += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto count = static_cast<double>(values.size());
  return std::sqrt(square / count - sum / count * (sum / count));
}

/// The one line of a failure, or "" where there is none.
template <class T>
std::string line_of(const Result<T>& result) {
  return result.ok() ? "" : result.failure().line();
}

}  // namespace veilray::vision::vqgan::test
