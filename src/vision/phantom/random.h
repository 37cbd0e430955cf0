#pragma once
// Numbers for drawing, not for keys: the same on every machine, which <random>'s distributions are
// not.
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace veilray::vision::phantom {

class Dice {
 public:
  /// Streams of one seed are independent: a finding does not move the ribs.
  Dice(std::uint64_t seed, std::uint32_t stream) : engine_(make_engine(seed, stream)) {}

  /// In [from, to).
  double uniform(double from, double to) {
    constexpr double kUnit = 0x1p-53;
    return from + (to - from) * static_cast<double>(engine_() >> 11) * kUnit;
  }
  bool coin() { return (engine_() & 1U) != 0; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
    return radius * std::cos(2 * std::numbers::pi * uniform(0, 1));
  }

 private:
  static std::mt19937_64 make_engine(std::uint64_t seed, std::uint32_t stream) {
    std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                           stream};
    return std::mt19937_64(sequence);
  }
  std::mt19937_64 engine_;
};

}  // namespace veilray::vision::phantom
