#include "tensor/half.h"

#include <bit>
#include <cmath>

namespace veilray::tensor {
namespace {

/// bits >> shift, rounded to nearest, ties to even. shift in [1, 31].
std::uint32_t shift_rounding(std::uint32_t bits, int shift) {
  const std::uint32_t half = std::uint32_t{1} << (shift - 1);
  const std::uint32_t odd = (bits >> shift) & 1;
  return (bits + half - 1 + odd) >> shift;
}

}  // namespace

float half_to_float(std::uint16_t bits) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fU;
  const std::uint32_t fraction = bits & 0x3ffU;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

std::uint16_t float_to_half(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  const auto with_sign = [sign](std::uint32_t half) {
    return static_cast<std::uint16_t>(sign | half);
  };
  if (magnitude > 0x7f800000U) return with_sign(0x7e00U);   // NaN stays NaN
  if (magnitude >= 0x47800000U) return with_sign(0x7c00U);  // 65536 and above: infinity
  if (magnitude >= 0x38800000U) {  // normal; a carry out of the fraction may reach infinity
    return with_sign(shift_rounding(magnitude - (std::uint32_t{112} << 23), 13));
  }
  const int exponent = static_cast<int>(magnitude >> 23);
  const int shift = 126 - exponent;  // the result counts units of 2^-24
  if (shift > 24) return sign;       // below half of the smallest subnormal
  return with_sign(shift_rounding((magnitude & 0x7fffffU) | 0x800000U, shift));
}

float bfloat16_to_float(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t float_to_bfloat16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>(shift_rounding(bits, 16));
}

}  // namespace veilray::tensor
