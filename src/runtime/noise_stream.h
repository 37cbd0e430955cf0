#pragma once
#include <cstdint>
#include <initializer_list>

namespace veilray::runtime {

/// Numbers of mean 0 and deviation 1 for simulated noise: each the sum of four uniform ones, so
/// none beyond 3.47. A clear run draws millions, and whatever they disturb sums many of them, which
/// makes it normal. Not for secrets. Source of the bits: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014.
class NoiseStream {
 public:
  /// Other names, other numbers; the same, the same.
  explicit NoiseStream(std::initializer_list<std::uint64_t> names) {
    for (const std::uint64_t name : names) state_ = mix(state_ + kGamma) ^ name;
  }

  double next() {
    const std::uint64_t bits = mix(state_ += kGamma);
    const std::uint64_t pairs = (bits & kLow) + ((bits >> 16U) & kLow);
    const auto sum = static_cast<std::int64_t>((pairs & 0xffffffffU) + (pairs >> 32U));
    return static_cast<double>(sum - kMean) * kUnit;
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15U;
  static constexpr std::uint64_t kLow = 0x0000ffff0000ffffU;
  static constexpr std::int64_t kMean = 2 * 0xffff;
  static constexpr double kUnit = 2.6428897921303e-5;  // 1 / sqrt(4 (2^32 - 1) / 12)

  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_ = 0;
};

}  // namespace veilray::runtime
