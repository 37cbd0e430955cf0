#pragma once
// Arithmetic modulo one prime below 2^30.
//
// Why 30 bits: 4q fits a 32-bit word, so butterflies can postpone their reductions, and sixteen
// products of residues fit a 64-bit word, so sums of products are reduced once.
//
// Everything here runs in constant time in the residues (no branch, no division, no table index).
// The accessors are always_inline so that the files of kernels/, which are compiled for newer
// instruction sets, never emit a copy that the linker could hand to everyone else.
#include <cstdint>

namespace veilray::math {

using Residue = std::uint32_t;

/// Every modulus, and therefore every residue, is below this.
inline constexpr Residue kResidueBound = Residue{1} << 30;

/// A constant factor w in [0, q) with floor(w * 2^32 / q): multiplying by it needs no division
/// (Shoup; Harvey, "Faster arithmetic for number-theoretic transforms", 2014).
struct ShoupFactor {
  Residue w;
  Residue w_shoup;
  friend bool operator==(const ShoupFactor&, const ShoupFactor&) = default;
};

/// x - bound if that is not negative, else x. Ranges: x in [0, 2 * bound), bound <= 2^31.
[[gnu::always_inline]] inline constexpr Residue subtract_if_above(Residue x, Residue bound) {
  const Residue difference = x - bound;
  return difference + (bound & (Residue{0} - (difference >> 31)));
}

class Modulus {
 public:
  /// q must be odd and in [3, 2^30). That it is prime is the caller's promise; only `inverse` and
  /// the transforms need it.
  /// Throws: Error{kInvalidArgument}.
  explicit Modulus(Residue q);

  [[gnu::always_inline]] constexpr Residue value() const noexcept { return q_; }
  friend bool operator==(const Modulus& a, const Modulus& b) noexcept { return a.q_ == b.q_; }

  // Ranges: operands and results in [0, q).
  [[gnu::always_inline]] constexpr Residue add(Residue a, Residue b) const noexcept {
    return subtract_if_above(a + b, q_);
  }
  [[gnu::always_inline]] constexpr Residue sub(Residue a, Residue b) const noexcept {
    return subtract_if_above(a - b + q_, q_);
  }
  [[gnu::always_inline]] constexpr Residue neg(Residue a) const noexcept {
    return subtract_if_above(q_ - a, q_);
  }
  [[gnu::always_inline]] constexpr Residue mul(Residue a, Residue b) const noexcept {
    return reduce(std::uint64_t{a} * b);
  }
  /// Time depends on the exponent, not on the base.
  Residue pow(Residue base, std::uint64_t exponent) const noexcept;
  /// a^(q-2): the inverse of a != 0, and 0 for 0.
  Residue inverse(Residue a) const noexcept;

  /// w in [0, q). Divides: for constants, not for data.
  ShoupFactor shoup(Residue w) const noexcept;
  /// Congruent to x * w, in [0, 2q). Range: x is any 32-bit word.
  [[gnu::always_inline]] constexpr Residue mul_lazy(Residue x, ShoupFactor factor) const noexcept {
    const auto quotient = static_cast<Residue>((std::uint64_t{x} * factor.w_shoup) >> 32);
    return x * factor.w - quotient * q_;
  }
  /// x * w mod q. Range: x is any 32-bit word.
  [[gnu::always_inline]] constexpr Residue mul(Residue x, ShoupFactor factor) const noexcept {
    return subtract_if_above(mul_lazy(x, factor), q_);
  }

  /// x mod q for any 64-bit x = 2^32 high + low, as high * (2^32 mod q) + low * 1, both by Shoup.
  [[gnu::always_inline]] constexpr Residue reduce(std::uint64_t x) const noexcept {
    const Residue high = mul_lazy(static_cast<Residue>(x >> 32), word_);
    const Residue low = mul_lazy(static_cast<Residue>(x), one_);
    return subtract_if_above(subtract_if_above(high + low, 2 * q_), q_);
  }
  /// x mod q. Range: |x| <= 2^62.
  [[gnu::always_inline]] constexpr Residue reduce_signed(std::int64_t x) const noexcept {
    return reduce(static_cast<std::uint64_t>(x) + cover62_);
  }

  // Constants for the kernels.
  /// 1, as a factor: multiplying by it reduces a 32-bit word.
  [[gnu::always_inline]] constexpr ShoupFactor one() const noexcept { return one_; }
  /// 2^32 mod q, as a factor: folds the high word of a 64-bit sum onto the low one.
  [[gnu::always_inline]] constexpr ShoupFactor word() const noexcept { return word_; }
  /// The least multiple of q that is >= 2^30: added before subtracting a residue of another prime.
  [[gnu::always_inline]] constexpr Residue cover30() const noexcept { return cover30_; }
  /// The least multiple of q that is >= 2^62: makes a signed word positive.
  [[gnu::always_inline]] constexpr std::uint64_t cover62() const noexcept { return cover62_; }

 private:
  Residue q_;
  ShoupFactor one_;
  ShoupFactor word_;
  Residue cover30_;
  std::uint64_t cover62_;
};

}  // namespace veilray::math
