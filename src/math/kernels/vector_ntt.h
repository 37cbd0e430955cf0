#pragma once
// The butterflies and stages of the transform on registers, the same text for every width.
//
// Ranges (Harvey 2014): forward values stay in [0, 4q), inverse ones in [0, 2q), where 4q < 2^32.
// Several stages are done between a load and a store: 2^R registers hold R stages of butterflies.
#include "math/kernels/table.h"
#include "math/kernels/vector_arithmetic.h"

namespace veilray::math {

template <class L>
struct VectorNtt {
  using Vec = typename L::Vec;
  using Q = VectorModulus<L>;
  using Factor = typename Q::Factor;

  /// A different factor in every lane.
  struct LaneFactor {
    Vec w;
    Vec w_shoup;
    Vec odd_shoup;
  };

  VEILRAY_LANES LaneFactor load_factor(const RowTwiddles& twiddles, std::size_t lane) {
    const Vec w_shoup = L::load(twiddles.w_shoup + lane);
    return {L::load(twiddles.w + lane), w_shoup, L::odd_to_even(w_shoup)};
  }
  VEILRAY_LANES Vec mul_lazy(Vec x, const Factor& f, const Q& q) { return q.mul_lazy(x, f); }
  VEILRAY_LANES Vec mul_lazy(Vec x, const LaneFactor& f, const Q& q) {
    return q.mul_lazy(x, f.w, f.w_shoup, f.odd_shoup);
  }

  /// (x, y) -> (x + w y, x - w y). Ranges: in and out [0, 4q).
  template <class F>
  VEILRAY_LANES void forward_butterfly(Vec& x, Vec& y, const F& w, const Q& q) {
    const Vec a = Q::subtract_if_above(x, q.two_q);  // [0, 2q)
    const Vec b = mul_lazy(y, w, q);                 // [0, 2q)
    x = L::add(a, b);
    y = L::add(L::sub(a, b), q.two_q);
  }

  /// (x, y) -> (x + y, w (x - y)). Ranges: in and out [0, 2q).
  template <class F>
  VEILRAY_LANES void inverse_butterfly(Vec& x, Vec& y, const F& w, const Q& q) {
    const Vec difference = L::add(L::sub(x, y), q.two_q);  // (0, 4q)
    x = Q::subtract_if_above(L::add(x, y), q.two_q);
    y = mul_lazy(difference, w, q);
  }

  /// The last inverse stage, which scales by 1/n and reduces. Ranges: in [0, 2q), out [0, q).
  VEILRAY_LANES void last_butterfly(Vec& x, Vec& y, const NttView& tables, const Q& q) {
    const Vec difference = L::add(L::sub(x, y), q.two_q);
    x = q.mul(L::add(x, y), Q::factor(tables.last_factor.all));
    y = q.mul(difference, Q::factor(tables.last_factor.upper));
  }

  /// R stages between 2^R registers. `group` is the number (m + i) of the first stage's twiddle.
  template <int R>
  VEILRAY_LANES void forward_stages(Vec (&v)[1 << R], const ShoupFactor* wide, std::size_t group,
                                    const Q& q) {
#pragma GCC unroll 4
    for (int stage = 0; stage < R; ++stage) {
      const int half = (1 << R) >> (stage + 1);
#pragma GCC unroll 8
      for (int g = 0; g < (1 << stage); ++g) {
        const Factor w = Q::factor(wide[(group << stage) + static_cast<std::size_t>(g)]);
#pragma GCC unroll 8
        for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
          forward_butterfly(v[k], v[k + half], w, q);
        }
      }
    }
  }

  /// The mirror image. kLast: the first of the R stages (performed last) ends the transform.
  template <int R, bool kLast>
  VEILRAY_LANES void inverse_stages(Vec (&v)[1 << R], std::size_t group, const NttView& tables,
                                    const Q& q) {
#pragma GCC unroll 4
    for (int stage = R - 1; stage >= (kLast ? 1 : 0); --stage) {
      const int half = (1 << R) >> (stage + 1);
#pragma GCC unroll 8
      for (int g = 0; g < (1 << stage); ++g) {
        const Factor w =
            Q::factor(tables.inverse.wide[(group << stage) + static_cast<std::size_t>(g)]);
#pragma GCC unroll 8
        for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
          inverse_butterfly(v[k], v[k + half], w, q);
        }
      }
    }
    if constexpr (kLast) {
      constexpr int kHalf = (1 << R) / 2;
#pragma GCC unroll 8
      for (int k = 0; k < kHalf; ++k) last_butterfly(v[k], v[k + kHalf], tables, q);
    }
  }

  template <int R>
  VEILRAY_LANES void load_strided(Vec (&v)[1 << R], const Residue* from, std::size_t stride) {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < (1 << R); ++k) v[k] = L::load(from + k * stride);
  }
  template <int R>
  VEILRAY_LANES void store_strided(Residue* to, std::size_t stride, const Vec (&v)[1 << R]) {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < (1 << R); ++k) L::store(to + k * stride, v[k]);
  }

  /// Forward stages `stage` .. `stage` + R - 1 over all values, in one sweep through memory.
  template <int R>
  static void forward_pass(Residue* values, std::size_t stage, const NttView& tables) noexcept {
    const Q q(tables.q);
    const std::size_t groups = std::size_t{1} << stage;
    const std::size_t stride = std::size_t{1} << (tables.log_n - stage - R);
    for (std::size_t g = 0; g < groups; ++g) {
      Residue* base = values + g * (stride << R);
      for (std::size_t j = 0; j < stride; j += L::kLanes) {
        Vec v[1 << R];
        load_strided<R>(v, base + j, stride);
        forward_stages<R>(v, tables.forward.wide, groups + g, q);
        store_strided<R>(base + j, stride, v);
      }
    }
  }

  /// Undoes forward_pass of the same stages. kLast: they are the first ones of the forward
  /// transform.
  template <int R, bool kLast>
  static void inverse_pass(Residue* values, std::size_t stage, const NttView& tables) noexcept {
    const Q q(tables.q);
    const std::size_t groups = std::size_t{1} << stage;
    const std::size_t stride = std::size_t{1} << (tables.log_n - stage - R);
    for (std::size_t g = 0; g < groups; ++g) {
      Residue* base = values + g * (stride << R);
      for (std::size_t j = 0; j < stride; j += L::kLanes) {
        Vec v[1 << R];
        load_strided<R>(v, base + j, stride);
        inverse_stages<R, kLast>(v, groups + g, tables, q);
        store_strided<R>(base + j, stride, v);
      }
    }
  }

  /// How many of the `left` stages the next sweep takes: few sweeps of similar size.
  VEILRAY_LANES constexpr int next_radix(std::size_t left) {
    if (left <= L::kMaxRadix) return static_cast<int>(left);
    const std::size_t sweeps = (left + L::kMaxRadix - 1) / L::kMaxRadix;
    return static_cast<int>((left + sweeps - 1) / sweeps);
  }

  /// The first `count` stages.
  static void forward_head(Residue* values, std::size_t count, const NttView& tables) noexcept {
    for (std::size_t stage = 0; stage < count;) {
      const int radix = next_radix(count - stage);
      switch (radix) {
        case 1:
          forward_pass<1>(values, stage, tables);
          break;
        case 2:
          forward_pass<2>(values, stage, tables);
          break;
        case 3:
          forward_pass<3>(values, stage, tables);
          break;
        default:
          if constexpr (L::kMaxRadix >= 4) forward_pass<4>(values, stage, tables);
      }
      stage += static_cast<std::size_t>(radix);
    }
  }

  /// Undoes forward_head and finishes the transform; count > 0.
  static void inverse_head(Residue* values, std::size_t count, const NttView& tables) noexcept {
    while (count > 0) {
      const int radix = next_radix(count);
      count -= static_cast<std::size_t>(radix);
      switch (radix) {
        case 1:
          inverse_sweep<1>(values, count, tables);
          break;
        case 2:
          inverse_sweep<2>(values, count, tables);
          break;
        case 3:
          inverse_sweep<3>(values, count, tables);
          break;
        default:
          if constexpr (L::kMaxRadix >= 4) inverse_sweep<4>(values, count, tables);
      }
    }
  }

 private:
  template <int R>
  static void inverse_sweep(Residue* values, std::size_t stage, const NttView& tables) noexcept {
    if (stage == 0) {
      inverse_pass<R, true>(values, stage, tables);
    } else {
      inverse_pass<R, false>(values, stage, tables);
    }
  }
};

}  // namespace veilray::math
