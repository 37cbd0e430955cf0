#pragma once
// Vectors of the compiler's own kind (g++ and clang), so that one text serves every instruction
// set and does not depend on the optimiser seeing a loop. Internal to nn/*.cpp.
#include <cstdint>
#include <cstring>

#include "base/simd.h"

namespace veilray::vision::nn {

template <int kWidth>
struct Lanes {
  typedef float Float __attribute__((vector_size(kWidth * sizeof(float))));
  typedef std::int32_t Int __attribute__((vector_size(kWidth * sizeof(float))));
};

// Vectors travel by reference: passed by value they would depend on the instruction set's ABI.

template <class V>
VEILRAY_INLINE void load(V& to, const float* from) {
  std::memcpy(&to, from, sizeof(V));
}
template <class V>
VEILRAY_INLINE void store(float* to, const V& from) {
  std::memcpy(to, &from, sizeof(V));
}
template <class V>
VEILRAY_INLINE void fill(V& to, float value) {
  to = V{} + value;
}

/// x = e^x to 2 units in the last place; beyond [-87, 88] it stays at the ends.
template <int kWidth>
VEILRAY_INLINE void exp_lanes(typename Lanes<kWidth>::Float& x) {
  using Float = typename Lanes<kWidth>::Float;
  using Int = typename Lanes<kWidth>::Int;
  constexpr float kLog2E = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F;  // few bits: its products with small integers are exact
  constexpr float kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  Float low, high;
  fill(low, -87.0F);
  fill(high, 88.0F);
  x = x > high ? high : x;
  x = x < low ? low : x;
  const Float n = (x * kLog2E + kRound) - kRound;
  const Float r = (x - n * kLn2High) - n * kLn2Low;
  // Taylor on |r| <= ln 2 / 2: the first term left out is below 2^-27.
  Float p = r * (1.0F / 5040.0F) + (1.0F / 720.0F);
  p = p * r + (1.0F / 120.0F);
  p = p * r + (1.0F / 24.0F);
  p = p * r + (1.0F / 6.0F);
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const Int exponent = (__builtin_convertvector(n, Int) + 127) << 23;
  Float power;
  std::memcpy(&power, &exponent, sizeof(power));
  x = p * power;
}

/// x = x / (1 + e^-x).
template <int kWidth>
VEILRAY_INLINE void swish_lanes(typename Lanes<kWidth>::Float& x) {
  typename Lanes<kWidth>::Float e = -x;
  exp_lanes<kWidth>(e);
  x = x / (e + 1.0F);
}

}  // namespace veilray::vision::nn
