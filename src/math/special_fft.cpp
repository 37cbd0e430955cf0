#include "math/special_fft.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "base/error.h"
#include "math/ntt.h"

namespace veilray::math {
namespace {

using Complex = std::complex<double>;

// Written out: operator* of std::complex also looks for infinities.
inline Complex times(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// exp(2 pi i k / order) to half an ulp, computed in extended precision.
Complex root_of_unity(std::uint64_t k, std::uint64_t order) {
  const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(k) /
                            static_cast<long double>(order);
  return {static_cast<double>(std::cos(angle)), static_cast<double>(std::sin(angle))};
}

void bit_reverse_order(std::span<Complex> values) {
  const auto bits = static_cast<std::uint32_t>(std::countr_zero(values.size()));
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const std::uint32_t j = bit_reverse(i, bits);
    if (i < j) std::swap(values[i], values[j]);
  }
}

}  // namespace

SpecialFft::SpecialFft(std::uint32_t log_n) {
  if (log_n < kMinLogN || log_n > kMaxLogN) {
    throw Error(ErrorCode::kInvalidArgument,
                "log_n " + std::to_string(log_n) + ": must be in [4, 16]");
  }
  slots_ = std::size_t{1} << (log_n - 1);
  roots_.resize(slots_);
  for (std::size_t half = 1; half < slots_; half *= 2) {
    std::uint64_t power = 1;
    for (std::size_t k = 0; k < half; ++k) {
      roots_[half + k] = root_of_unity(power, 8 * half);
      power = power * 5 % (8 * half);
    }
  }
}

void SpecialFft::require_size(std::size_t size) const {
  if (size != slots_) {
    throw Error(ErrorCode::kInvalidArgument,
                "transform of " + std::to_string(slots_) + " slots given " + std::to_string(size));
  }
}

// With c(x) = E(x^2) + x O(x^2): z[k] = E[k] + w O[k] and z[k + h] = E[k] - w O[k], where
// w = exp(2 pi i 5^k / (8 h)), because 5^h = 1 + 4 h mod 8 h.
void SpecialFft::forward(std::span<Complex> values) const {
  require_size(values.size());
  bit_reverse_order(values);
  for (std::size_t half = 1; half < slots_; half *= 2) {
    const Complex* roots = &roots_[half];
    for (std::size_t start = 0; start < slots_; start += 2 * half) {
      Complex* even = &values[start];
      Complex* odd = even + half;
      for (std::size_t k = 0; k < half; ++k) {
        const Complex product = times(odd[k], roots[k]);
        odd[k] = even[k] - product;
        even[k] = even[k] + product;
      }
    }
  }
}

void SpecialFft::inverse(std::span<Complex> values) const {
  require_size(values.size());
  for (std::size_t half = slots_ / 2; half > 0; half /= 2) {
    const Complex* roots = &roots_[half];
    for (std::size_t start = 0; start < slots_; start += 2 * half) {
      Complex* even = &values[start];
      Complex* odd = even + half;
      for (std::size_t k = 0; k < half; ++k) {
        const Complex difference = even[k] - odd[k];
        even[k] = even[k] + odd[k];
        odd[k] = times(difference, std::conj(roots[k]));
      }
    }
  }
  bit_reverse_order(values);
  const double scale = 1.0 / static_cast<double>(slots_);  // a power of two: exact
  for (Complex& value : values) value = {value.real() * scale, value.imag() * scale};
}

}  // namespace veilray::math
