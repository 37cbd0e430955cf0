#include "math/kernels/scalar_ntt.h"

namespace veilray::math {
namespace {

/// Forward butterfly: (x, y) -> (x + w y, x - w y). Ranges: in and out [0, 4q).
inline void forward_butterfly(Residue& x, Residue& y, ShoupFactor w, const Modulus& q) {
  const Residue two_q = 2 * q.value();
  const Residue a = subtract_if_above(x, two_q);  // [0, 2q)
  const Residue b = q.mul_lazy(y, w);             // [0, 2q)
  x = a + b;
  y = a - b + two_q;
}

/// Inverse butterfly: (x, y) -> (x + y, w (x - y)). Ranges: in and out [0, 2q).
inline void inverse_butterfly(Residue& x, Residue& y, ShoupFactor w, const Modulus& q) {
  const Residue two_q = 2 * q.value();
  const Residue a = x, b = y;
  x = subtract_if_above(a + b, two_q);
  y = q.mul_lazy(a - b + two_q, w);
}

/// The factor of `group` of 2^stage in the given row: see TwiddleView.
inline ShoupFactor row_factor(const RowTwiddles* rows, std::size_t row, std::size_t stage,
                              std::size_t group) {
  const RowTwiddles& entry = rows[row / kRow * 15 + (std::size_t{1} << stage) - 1 + group];
  return {entry.w[row % kRow], entry.w_shoup[row % kRow]};
}

}  // namespace

void scalar_ntt_forward(Residue* values, const NttView& tables) noexcept {
  const Modulus& q = tables.q;
  const std::size_t n = std::size_t{1} << tables.log_n, rows = n / kRow;
  for (std::size_t groups = 1; groups < rows; groups *= 2) {
    const std::size_t half = n / (2 * groups);
    for (std::size_t g = 0; g < groups; ++g) {
      Residue* x = values + 2 * half * g;
      const ShoupFactor w = tables.forward.wide[groups + g];
      for (std::size_t j = 0; j < half; ++j) forward_butterfly(x[j], x[j + half], w, q);
    }
  }
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t stage = 0; stage < kLogRow; ++stage) {
      const std::size_t half = (kRow / 2) >> stage;
      for (std::size_t g = 0; g < std::size_t{1} << stage; ++g) {
        Residue* x = values + kRow * row + 2 * half * g;
        const ShoupFactor w = row_factor(tables.forward.rows, row, stage, g);
        for (std::size_t j = 0; j < half; ++j) forward_butterfly(x[j], x[j + half], w, q);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = subtract_if_above(subtract_if_above(values[i], 2 * q.value()), q.value());
  }
}

void scalar_ntt_inverse(Residue* values, const Residue* in, const NttView& tables) noexcept {
  const Modulus& q = tables.q;
  const std::size_t n = std::size_t{1} << tables.log_n, rows = n / kRow;
  for (std::size_t i = 0; i < n; ++i) values[i] = in[i];
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t stage = kLogRow; stage-- > 0;) {
      const std::size_t half = (kRow / 2) >> stage;
      for (std::size_t g = 0; g < std::size_t{1} << stage; ++g) {
        Residue* x = values + kRow * row + 2 * half * g;
        const ShoupFactor w = row_factor(tables.inverse.rows, row, stage, g);
        for (std::size_t j = 0; j < half; ++j) inverse_butterfly(x[j], x[j + half], w, q);
      }
    }
  }
  for (std::size_t groups = rows / 2; groups > 0; groups /= 2) {
    const std::size_t half = n / (2 * groups);
    for (std::size_t g = 0; g < groups; ++g) {
      Residue* x = values + 2 * half * g;
      const ShoupFactor w = tables.inverse.wide[groups + g];
      for (std::size_t j = 0; j < half; ++j) inverse_butterfly(x[j], x[j + half], w, q);
    }
  }
  for (std::size_t i = 0; i < n; ++i) values[i] = q.mul(values[i], tables.last_factor.all);
}

}  // namespace veilray::math
