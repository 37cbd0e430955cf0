#pragma once
// The position-wise kernels of table.h on registers, the same text for every width.
#include "math/kernels/sums.h"
#include "math/kernels/table.h"
#include "math/kernels/vector_arithmetic.h"

namespace veilray::math {

template <class L>
struct Pointwise {
  using Vec = typename L::Vec;
  using Q = VectorModulus<L>;
  using Sum = VectorSum<L>;

  static void add(Residue* out, const Residue* a, const Residue* b, std::size_t n,
                  const Modulus& modulus) noexcept {
    const Q q(modulus);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      L::store(out + i, q.add(L::load(a + i), L::load(b + i)));
    }
  }

  static void subtract(Residue* out, const Residue* a, const Residue* b, std::size_t n,
                       const Modulus& modulus) noexcept {
    const Q q(modulus);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      const Vec difference = L::sub(L::load(a + i), L::load(b + i));  // wraps when negative
      L::store(out + i, L::min(difference, L::add(difference, q.q)));
    }
  }

  static void negate(Residue* out, const Residue* a, std::size_t n,
                     const Modulus& modulus) noexcept {
    const Q q(modulus);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      L::store(out + i, Q::subtract_if_above(L::sub(q.q, L::load(a + i)), q.q));
    }
  }

  static void multiply(Residue* out, const Residue* a, const Residue* b, std::size_t n,
                       const Modulus& modulus) noexcept {
    const SumReducer<L> reducer(modulus);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      Sum product;
      product.add_product(L::load(a + i), L::load(b + i));
      L::store(out + i, reducer.reduce(product));
    }
  }

  static void multiply_scalar(Residue* out, const Residue* a, ShoupFactor w, std::size_t n,
                              const Modulus& modulus) noexcept {
    const Q q(modulus);
    const auto factor = Q::factor(w);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      L::store(out + i, q.mul(L::load(a + i), factor));
    }
  }

  static void multiply_scalar_add(Residue* out, const Residue* a, ShoupFactor w, const Residue* b,
                                  std::size_t n, const Modulus& modulus) noexcept {
    const Q q(modulus);
    const auto factor = Q::factor(w);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      L::store(out + i, q.add(q.mul(L::load(a + i), factor), L::load(b + i)));
    }
  }

  // x - y + cover30 is in (0, q + 2^30 + q), below 2^32.
  static void subtract_multiply(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                                std::size_t n, const Modulus& modulus) noexcept {
    const Q q(modulus);
    const auto factor = Q::factor(w);
    const Vec cover = L::broadcast(modulus.cover30());
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      const Vec difference = L::add(L::sub(L::load(x + i), L::load(y + i)), cover);
      L::store(out + i, q.mul(difference, factor));
    }
  }

  static void subtract_multiply_add(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                                    const Residue* b, std::size_t n,
                                    const Modulus& modulus) noexcept {
    const Q q(modulus);
    const auto factor = Q::factor(w);
    const Vec cover = L::broadcast(modulus.cover30());
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      const Vec difference = L::add(L::sub(L::load(x + i), L::load(y + i)), cover);
      L::store(out + i, q.add(q.mul(difference, factor), L::load(b + i)));
    }
  }

  static void reduce(Residue* out, const Residue* in, Residue offset, std::size_t n,
                     const Modulus& modulus) noexcept {
    const Q q(modulus);
    const auto one = Q::factor(modulus.one());
    const Vec shift = L::broadcast(offset);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      L::store(out + i, q.mul(L::add(L::load(in + i), shift), one));
    }
  }

  static void reduce_signed(Residue* out, const std::int64_t* in, std::size_t n,
                            const Modulus& modulus) noexcept {
    const SumReducer<L> reducer(modulus);
    const Vec cover = L::broadcast_wide(modulus.cover62());
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      Sum sum;  // the first half of the lanes in `even`, the second in `odd`
      sum.even = L::add_wide(L::load(in + i), cover);
      sum.odd = L::add_wide(L::load(in + i + L::kLanes / 2), cover);
      L::store(out + i, L::unzip(reducer.reduce(sum)));
    }
  }

  static void inner_product(Residue* out, const Residue* const* a, const Residue* const* b,
                            std::size_t terms, std::size_t n, const Modulus& modulus) noexcept {
    const SumReducer<L> reducer(modulus);
    with_constant_terms(terms, [&]<std::size_t kTerms>() {
      for (std::size_t i = 0; i < n; i += L::kLanes) {
        Sum sum;
        const auto add_term = [&](std::size_t k) {
          sum.add_product(L::load(a[k] + i), L::load(b[k] + i));
        };
        add_terms<kTerms>(terms, kFullRoom, add_term, [&] { reducer.fold(sum); });
        L::store(out + i, reducer.reduce(sum));
      }
    });
  }

  static void inner_product_pair(Residue* out0, Residue* out1, const Residue* const* a,
                                 const Residue* const* b0, const Residue* const* b1,
                                 std::size_t terms, std::size_t n,
                                 const Modulus& modulus) noexcept {
    inner_products<false>(out0, out1, a, b0, b1, terms, n, modulus);
  }

  static void inner_product_pair_onto(Residue* out0, Residue* out1, const Residue* const* a,
                                      const Residue* const* b0, const Residue* const* b1,
                                      std::size_t terms, std::size_t n,
                                      const Modulus& modulus) noexcept {
    inner_products<true>(out0, out1, a, b0, b1, terms, n, modulus);
  }

  static void tensor_product(Residue* out0, Residue* out1, Residue* out2, const TensorTerm* terms,
                             std::size_t count, std::size_t n, const Modulus& modulus) noexcept {
    const SumReducer<L> reducer(modulus);
    with_constant_terms(count, [&]<std::size_t kTerms>() {
      for (std::size_t i = 0; i < n; i += L::kLanes) {
        Sum sum0, sum1, sum2;
        const auto add_term = [&](std::size_t k) {
          const Vec a0 = L::load(terms[k].a0 + i), a1 = L::load(terms[k].a1 + i);
          const Vec b0 = L::load(terms[k].b0 + i), b1 = L::load(terms[k].b1 + i);
          sum0.add_product(a0, b0);
          sum1.add_product(a0, b1);
          sum1.add_product(a1, b0);
          sum2.add_product(a1, b1);
        };
        add_terms<kTerms>(count, kHalfRoom, add_term,
                          [&] { reducer.fold(sum0), reducer.fold(sum1), reducer.fold(sum2); });
        L::store(out0 + i, reducer.reduce(sum0));
        L::store(out1 + i, reducer.reduce(sum1));
        L::store(out2 + i, reducer.reduce(sum2));
      }
    });
  }

  static void base_convert(const ConversionTarget* targets, std::size_t count,
                           const Residue* const* in, std::size_t terms, std::size_t n) noexcept {
    for (; count >= 4; targets += 4, count -= 4) convert_to<4>(targets, in, terms, n);
    if (count == 3) convert_to<3>(targets, in, terms, n);
    if (count == 2) convert_to<2>(targets, in, terms, n);
    if (count == 1) convert_to<1>(targets, in, terms, n);
  }

  static void round_sum(Residue* out, const Residue* const* in, const std::uint32_t* reciprocals,
                        std::size_t terms, std::uint32_t bits, std::size_t n) noexcept {
    const Vec half = L::broadcast_wide(std::uint64_t{1} << (bits - 1));
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      Sum sum;
      sum.even = sum.odd = half;
      for (std::size_t k = 0; k < terms; ++k)
        sum.add_product_with_constant(L::load(in[k] + i), L::broadcast(reciprocals[k]));
      L::store(out + i, L::join_low(L::shift_right_wide(sum.even, bits),
                                    L::shift_right_wide(sum.odd, bits)));
    }
  }

  static void combine(Residue* const* out, const Residue* const* in, const Residue* factors,
                      std::size_t terms, std::size_t n, const Modulus& modulus) noexcept {
    const SumReducer<L> reducer(modulus);
    for (std::size_t i = 0; i < n; i += L::kLanes) {
      Sum sums[kCombined];
      const auto add_term = [&](std::size_t k) {
        const Vec x = L::load(in[k] + i), odd_x = L::odd_to_even(x);
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kCombined; ++r) {
          sums[r].add_product_with_constant(x, odd_x, L::broadcast(factors[k * kCombined + r]));
        }
      };
      add_terms<0>(terms, kFullRoom, add_term, [&] {
#pragma GCC unroll 4
        for (Sum& sum : sums) reducer.fold(sum);
      });
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kCombined; ++r) L::store(out[r] + i, reducer.reduce(sums[r]));
    }
  }

  static void permute(Residue* out, const Residue* in,
                      const PermutationView& permutation) noexcept {
    for (std::size_t row = 0; row < permutation.rows; ++row) {
      const RowMove move = permutation.moves[row];
      L::permute_row(out + kRow * row, in + std::size_t{kRow} * move.source,
                     permutation.patterns[move.pattern]);
    }
  }

  static void permute_add(Residue* out, const Residue* in, const PermutationView& permutation,
                          const Modulus& modulus) noexcept {
    const Q q(modulus);
    for (std::size_t row = 0; row < permutation.rows; ++row) {
      const RowMove move = permutation.moves[row];
      alignas(64) Residue moved[kRow];
      L::permute_row(moved, in + std::size_t{kRow} * move.source,
                     permutation.patterns[move.pattern]);
      Residue* sums = out + kRow * row;
      for (std::size_t i = 0; i < kRow; i += L::kLanes)
        L::store(sums + i, q.add(L::load(sums + i), L::load(moved + i)));
    }
  }

 private:
  template <bool kOnto>
  VEILRAY_LANES void inner_products(Residue* out0, Residue* out1, const Residue* const* a,
                                    const Residue* const* b0, const Residue* const* b1,
                                    std::size_t terms, std::size_t n, const Modulus& modulus) {
    const SumReducer<L> reducer(modulus);
    const auto begin = [](const Residue* out) { return kOnto ? Sum(L::load(out)) : Sum(); };
    with_constant_terms(terms, [&]<std::size_t kTerms>() {
      for (std::size_t i = 0; i < n; i += L::kLanes) {
        Sum sum0 = begin(out0 + i), sum1 = begin(out1 + i);
        const auto add_term = [&](std::size_t k) {
          const Vec factor = L::load(a[k] + i);
          // Of a stream from memory, the hardware stops at each page; what is in cache costs
          // nothing.
          if constexpr (kOnto) {
            L::prefetch(a[k] + i);
          } else {
            L::prefetch(b0[k] + i), L::prefetch(b1[k] + i);
          }
          sum0.add_product(factor, L::load(b0[k] + i));
          sum1.add_product(factor, L::load(b1[k] + i));
        };
        add_terms<kTerms>(terms, kFullRoom, add_term,
                          [&] { reducer.fold(sum0), reducer.fold(sum1); });
        L::store(out0 + i, reducer.reduce(sum0));
        L::store(out1 + i, reducer.reduce(sum1));
      }
    });
  }

  template <std::size_t kTargets>
  VEILRAY_LANES void convert_to(const ConversionTarget* targets, const Residue* const* in,
                                std::size_t terms, std::size_t n) {
    with_constant_terms(terms, [&]<std::size_t kTerms>() {
      for (std::size_t i = 0; i < n; i += L::kLanes) {
        Sum sums[kTargets];
        const auto add_term = [&](std::size_t k) {
          const Vec x = L::load(in[k] + i), odd_x = L::odd_to_even(x);
#pragma GCC unroll 4
          for (std::size_t r = 0; r < kTargets; ++r)
            sums[r].add_product_with_constant(x, odd_x, L::broadcast(targets[r].factors[k]));
        };
        add_terms<kTerms>(terms, kFullRoom, add_term, [&] {
#pragma GCC unroll 4
          for (std::size_t r = 0; r < kTargets; ++r) SumReducer<L>(*targets[r].q).fold(sums[r]);
        });
#pragma GCC unroll 4
        for (std::size_t r = 0; r < kTargets; ++r)
          L::store(targets[r].out + i, SumReducer<L>(*targets[r].q).reduce(sums[r]));
      }
    });
  }

  /// Terms that fit a sum at first, and after each fold.
  struct Room {
    std::size_t first;
    std::size_t after_fold;
  };
  static constexpr Room kFullRoom{kProductsPerSum, kProductsAfterFold};
  /// For two products a term.
  static constexpr Room kHalfRoom{kProductsPerSum / 2, kProductsAfterFold / 2};

  /// Calls body.operator()<kTerms>() with the number of terms where it is small (key switching has
  /// three or four digits), so that the compiler unrolls the sum, and with 0 otherwise.
  template <class Body>
  VEILRAY_LANES void with_constant_terms(std::size_t terms, const Body& body) {
    switch (terms) {
      case 1:
        return body.template operator()<1>();
      case 2:
        return body.template operator()<2>();
      case 3:
        return body.template operator()<3>();
      case 4:
        return body.template operator()<4>();
      default:
        return body.template operator()<0>();
    }
  }

  /// add_term(k) for every k < terms, with a fold() wherever the sums would overflow.
  template <std::size_t kTerms, class AddTerm, class Fold>
  VEILRAY_LANES void add_terms(std::size_t terms, Room room, const AddTerm& add_term,
                               const Fold& fold) {
    if constexpr (kTerms > 0) {
      static_assert(kTerms <= kProductsPerSum / 2);
#pragma GCC unroll 4
      for (std::size_t k = 0; k < kTerms; ++k) add_term(k);
    } else {
      std::size_t k = 0;
      for (std::size_t space = room.first; k < terms; space = room.after_fold) {
        if (k > 0) fold();
        const std::size_t end = terms - k < space ? terms : k + space;
        for (; k < end; ++k) add_term(k);
      }
    }
  }
};

/// The table of a Lanes type with the given transforms.
template <class L>
constexpr KernelTable make_table(const char* name,
                                 void (*ntt_forward)(Residue*, const NttView&) noexcept,
                                 void (*ntt_inverse)(Residue*, const Residue*,
                                                     const NttView&) noexcept) {
  using P = Pointwise<L>;
  return {.name = name,
          .ntt_forward = ntt_forward,
          .ntt_inverse = ntt_inverse,
          .add = P::add,
          .subtract = P::subtract,
          .negate = P::negate,
          .multiply = P::multiply,
          .multiply_scalar = P::multiply_scalar,
          .multiply_scalar_add = P::multiply_scalar_add,
          .subtract_multiply = P::subtract_multiply,
          .subtract_multiply_add = P::subtract_multiply_add,
          .reduce = P::reduce,
          .reduce_signed = P::reduce_signed,
          .inner_product = P::inner_product,
          .inner_product_pair = P::inner_product_pair,
          .inner_product_pair_onto = P::inner_product_pair_onto,
          .tensor_product = P::tensor_product,
          .base_convert = P::base_convert,
          .round_sum = P::round_sum,
          .combine = P::combine,
          .permute = P::permute,
          .permute_add = P::permute_add};
}

}  // namespace veilray::math
