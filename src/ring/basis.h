#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/modulus.h"
#include "math/ntt.h"
#include "ring/poly.h"

namespace veilray::ring {

/// Consecutive primes, counted through the chain and then the special primes.
struct PrimeGroup {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  bool contains(std::uint32_t prime) const noexcept {
    return prime >= first && prime < first + count;
  }
  friend bool operator==(const PrimeGroup&, const PrimeGroup&) = default;
};

/// Carries a number x, known modulo the primes r_i of a group with product R, to any other prime t:
///   y_i = x (R/r_i)^-1 mod r_i,  v = round(sum y_i / r_i),  x' = sum y_i (R/r_i) - v R mod t.
/// x' is the representative of x in [-R/2, R/2], so digits are small and division by R rounds to
/// nearest. v comes from fixed-point reciprocals, the same bits on every machine; only an x within
/// 2^-24 R of the edge can come out on its other side.
/// Source: Halevi, Polyakov, Shoup, eprint 2018/117, with integers in place of their doubles.
class BaseConversion {
 public:
  /// `tables`: of the primes.
  BaseConversion(std::span<const math::Modulus> primes, std::span<const math::NttTables> tables,
                 PrimeGroup from);

  const PrimeGroup& from() const noexcept { return from_; }
  /// By i: makes y_i as x is transformed back modulo r_i, times (R/r_i)^-1.
  std::span<const math::InverseFactor> hat_inverses() const noexcept { return hat_inverses_; }
  /// floor(2^fraction_bits / r_i).
  std::span<const std::uint32_t> reciprocals() const noexcept { return reciprocals_; }
  std::uint32_t fraction_bits() const noexcept { return fraction_bits_; }
  /// from().count + 1 factors for prime t: R/r_i mod t, and -R mod t for v.
  std::span<const std::uint32_t> factors(std::uint32_t prime) const noexcept {
    const std::size_t row = from_.count + std::size_t{1};
    return std::span(factors_).subspan(prime * row, row);
  }

 private:
  PrimeGroup from_;
  std::vector<math::InverseFactor> hat_inverses_;
  std::vector<std::uint32_t> reciprocals_;
  std::uint32_t fraction_bits_ = 0;
  std::vector<std::uint32_t> factors_;
};

/// Primes of a digit where there are so many special primes: one fewer, so that a digit times a
/// key's errors leaves nothing after the division by P. Where they are few, one more would be dear,
/// and a digit has as many.
constexpr std::uint32_t digit_size(std::uint32_t special_primes) noexcept {
  constexpr std::uint32_t kFew = 4;
  return special_primes <= kFew ? special_primes : special_primes - 1;
}
/// Digits of a polynomial with so many chain limbs.
constexpr std::uint32_t digit_count(std::uint32_t chain_limbs,
                                    std::uint32_t special_primes) noexcept {
  const std::uint32_t size = digit_size(special_primes);
  return (chain_limbs + size - 1) / size;
}

/// The primes of a parameter set with every constant that follows from them. Immutable.
class Basis {
 public:
  /// At most 30 special primes: so many 59-bit terms fit the sum that gives v.
  /// Throws: Error{kInvalidArgument} for no chain prime, no special prime or too many.
  Basis(std::uint32_t log_n, std::span<const math::Modulus> chain,
        std::span<const math::Modulus> special);

  std::uint32_t log_n() const noexcept { return log_n_; }
  std::uint32_t n() const noexcept { return 1U << log_n_; }
  std::uint32_t chain_count() const noexcept { return chain_count_; }
  std::uint32_t special_count() const noexcept {
    return static_cast<std::uint32_t>(moduli_.size()) - chain_count_;
  }

  /// By prime: the chain first, then the special primes.
  const math::Modulus& modulus(std::uint32_t prime) const noexcept { return moduli_[prime]; }
  const math::NttTables& ntt(std::uint32_t prime) const noexcept { return ntt_[prime]; }
  /// Which prime a limb of a polynomial belongs to.
  std::uint32_t prime_of(const Shape& shape, std::uint32_t limb) const noexcept {
    return limb < shape.chain_limbs ? limb : chain_count_ + limb - shape.chain_limbs;
  }

  std::uint32_t digits(std::uint32_t chain_limbs) const noexcept {
    return digit_count(chain_limbs, special_count());
  }
  /// Primes of digit `digit`: digit_size of them, fewer in the last one.
  PrimeGroup digit_primes(std::uint32_t digit, std::uint32_t chain_limbs) const noexcept;
  /// From a digit to every other prime.
  const BaseConversion& digit_conversion(std::uint32_t digit,
                                         std::uint32_t chain_limbs) const noexcept;
  /// From the special primes to the chain.
  const BaseConversion& special_conversion() const noexcept { return special_conversion_; }

  /// q_last^-1 mod q_prime, prime < last.
  math::ShoupFactor rescale_factor(std::uint32_t last, std::uint32_t prime) const noexcept {
    return rescale_factors_[last * chain_count_ + prime];
  }
  /// P mod q_prime, and its inverse.
  math::ShoupFactor special_product(std::uint32_t prime) const noexcept {
    return special_product_[prime];
  }
  math::ShoupFactor special_product_inverse(std::uint32_t prime) const noexcept {
    return special_product_inverse_[prime];
  }

 private:
  std::uint32_t log_n_;
  std::uint32_t chain_count_;
  std::vector<math::Modulus> moduli_;
  std::vector<math::NttTables> ntt_;
  /// Row by digit, column by the number of its primes, minus one.
  std::vector<BaseConversion> digit_conversions_;
  BaseConversion special_conversion_;
  std::vector<math::ShoupFactor> rescale_factors_;
  std::vector<math::ShoupFactor> special_product_;
  std::vector<math::ShoupFactor> special_product_inverse_;
};

}  // namespace veilray::ring
