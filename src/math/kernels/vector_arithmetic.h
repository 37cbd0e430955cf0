#pragma once
// Modular arithmetic on registers, the same text for every width. `L` is one of the Lanes types
// (lanes_avx512.h, lanes_avx2.h); "wide" means that a register holds 64-bit words, one for every
// even lane. Templates and always_inline only: see table.h on why nothing else may stand here.
#include <cstddef>
#include <cstdint>

#include "math/modulus.h"

#define VEILRAY_LANES [[gnu::always_inline]] static inline

namespace veilray::math {

template <class L>
struct VectorModulus {
  using Vec = typename L::Vec;

  /// The same factor in every lane.
  struct Factor {
    Vec w;
    Vec w_shoup;
  };

  Vec q;
  Vec two_q;

  [[gnu::always_inline]] explicit VectorModulus(const Modulus& modulus)
      : q(L::broadcast(modulus.value())), two_q(L::broadcast(2 * modulus.value())) {}

  VEILRAY_LANES Factor factor(ShoupFactor f) {
    return {L::broadcast(f.w), L::broadcast(f.w_shoup)};
  }
  /// x - bound where that is not negative, else x: a negative difference wraps to a large word.
  VEILRAY_LANES Vec subtract_if_above(Vec x, Vec bound) { return L::min(x, L::sub(x, bound)); }

  /// Congruent to x w, in [0, 2q), for any 32-bit x. `odd_shoup` holds w_shoup of the odd lanes in
  /// the even ones.
  [[gnu::always_inline]] Vec mul_lazy(Vec x, Vec w, Vec w_shoup, Vec odd_shoup) const {
    const Vec quotient =
        L::join_high(L::mul_even(x, w_shoup), L::mul_even(L::odd_to_even(x), odd_shoup));
    return L::sub(L::mul_low(x, w), L::mul_low(quotient, q));
  }
  [[gnu::always_inline]] Vec mul_lazy(Vec x, const Factor& f) const {
    return mul_lazy(x, f.w, f.w_shoup, f.w_shoup);
  }
  /// x w mod q for any 32-bit x.
  [[gnu::always_inline]] Vec mul(Vec x, const Factor& f) const {
    return subtract_if_above(mul_lazy(x, f), q);
  }
  [[gnu::always_inline]] Vec add(Vec a, Vec b) const { return subtract_if_above(L::add(a, b), q); }
  /// From [0, 4q) to [0, q).
  [[gnu::always_inline]] Vec reduce_lazy(Vec x) const {
    return subtract_if_above(subtract_if_above(x, two_q), q);
  }
};

/// One 64-bit sum of products per lane.
template <class L>
struct VectorSum {
  using Vec = typename L::Vec;
  Vec even = L::zero();
  Vec odd = L::zero();

  VectorSum() = default;
  /// Begins with one residue a lane.
  [[gnu::always_inline]] explicit VectorSum(Vec residues)
      : even(L::low_words(residues)), odd(L::low_words(L::odd_to_even(residues))) {}

  [[gnu::always_inline]] void add_product(Vec a, Vec b) {
    even = L::add_wide(even, L::mul_even(a, b));
    odd = L::add_wide(odd, L::mul_even(L::odd_to_even(a), L::odd_to_even(b)));
  }
  /// For a `b` that is the same in all lanes.
  [[gnu::always_inline]] void add_product_with_constant(Vec a, Vec b) {
    add_product_with_constant(a, L::odd_to_even(a), b);
  }
  /// For an `a` that many sums share: `odd_a` holds its odd lanes in the even ones.
  [[gnu::always_inline]] void add_product_with_constant(Vec a, Vec odd_a, Vec b) {
    even = L::add_wide(even, L::mul_even(a, b));
    odd = L::add_wide(odd, L::mul_even(odd_a, b));
  }
};

/// Takes 64-bit sums back to residues: see Modulus::reduce and sums.h.
template <class L>
struct SumReducer {
  using Vec = typename L::Vec;
  VectorModulus<L> q;
  typename VectorModulus<L>::Factor word;  // 2^32 mod q
  Vec one_shoup;

  [[gnu::always_inline]] explicit SumReducer(const Modulus& modulus)
      : q(modulus),
        word(VectorModulus<L>::factor(modulus.word())),
        one_shoup(L::broadcast(modulus.one().w_shoup)) {}

  /// Congruent to x, below 2^62 + 2^32.
  [[gnu::always_inline]] Vec fold(Vec x) const {
    return L::add_wide(L::mul_even(L::odd_to_even(x), word.w), L::low_words(x));
  }
  [[gnu::always_inline]] void fold(VectorSum<L>& sum) const {
    sum.even = fold(sum.even);
    sum.odd = fold(sum.odd);
  }

  /// high * word_shoup + low * one_shoup: 2^32 times the quotient by q, less than 2 * 2^32 short.
  /// No overflow: high * word + low < 2^32 q.
  [[gnu::always_inline]] Vec scaled_quotient(Vec x) const {
    return L::add_wide(L::mul_even(L::odd_to_even(x), word.w_shoup), L::mul_even(x, one_shoup));
  }
  /// sum mod q. The quotient is short by less than 3, so the remainder is below 3q before the end.
  [[gnu::always_inline]] Vec reduce(const VectorSum<L>& sum) const {
    const Vec high = L::join_high(sum.even, sum.odd);
    const Vec low = L::join_low(sum.even, sum.odd);
    const Vec quotient = L::join_high(scaled_quotient(sum.even), scaled_quotient(sum.odd));
    const Vec value = L::add(L::mul_low(high, word.w), low);
    return q.reduce_lazy(L::sub(value, L::mul_low(quotient, q.q)));
  }
};

}  // namespace veilray::math
