#pragma once
// The two 16-bit floating-point formats of weight files.
#include <cstdint>

namespace veilray::tensor {

/// IEEE binary16. Conversion to it rounds to nearest even, and to infinity above its range.
float half_to_float(std::uint16_t bits) noexcept;
std::uint16_t float_to_half(float value) noexcept;

/// The upper half of a float32. Conversion to it rounds to nearest even.
float bfloat16_to_float(std::uint16_t bits) noexcept;
std::uint16_t float_to_bfloat16(float value) noexcept;

}  // namespace veilray::tensor
