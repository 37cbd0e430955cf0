#pragma once
// The transform between slots and packed coefficients of CKKS.
//
// A real polynomial m of degree below n, n = 2 S, is packed as c[j] = m[j] + i m[j + S]. Its slots
// are the values at the roots whose exponents are powers of five:
//   z[k] = m(zeta^(5^k)) = sum_j c[j] zeta^(5^k j),   zeta = exp(i pi / n),   k in [0, S),
// because zeta^(5^k S) = i for every k. Rotating the slots left by r is x -> x^(5^r).
//
// Error. A stage multiplies by a root that is good to half an ulp (computed in extended precision)
// and adds: relative to the value, at most about 4 eps new error, eps = 2^-53, of random sign. The
// butterflies are unitary up to a factor, so errors grow as the values do and add up in squares:
// about eps sqrt(log2 S) times the root mean square of the outputs. Measured on random input
// against extended precision at S = 2^15: 2^-51.6 in the mean, 2^-49.7 at the worst slot.
// The same bits on every machine: no fused multiply-add, no dependence on vector width.
#include <complex>
#include <cstdint>
#include <span>
#include <vector>

namespace veilray::math {

class SpecialFft {
 public:
  /// For rings of degree 2^log_n. Throws: Error{kInvalidArgument} unless log_n is in [4, 16].
  explicit SpecialFft(std::uint32_t log_n);

  std::size_t slots() const noexcept { return slots_; }

  /// Packed coefficients to slots, in place (decoding).
  /// Throws: Error{kInvalidArgument} unless values.size() == slots().
  void forward(std::span<std::complex<double>> values) const;
  /// Slots to packed coefficients, in place, 1/S included (encoding).
  /// Throws: Error{kInvalidArgument} unless values.size() == slots().
  void inverse(std::span<std::complex<double>> values) const;

 private:
  void require_size(std::size_t size) const;

  std::size_t slots_;
  /// roots_[h + k] = exp(2 pi i 5^k / (8 h)), k in [0, h): the stage that joins halves of size h.
  std::vector<std::complex<double>> roots_;
};

}  // namespace veilray::math
