#include "math/kernels/scalar.h"

#if defined(__AVX2__)
#include "math/kernels/lanes_avx2.h"
#include "math/kernels/scalar_ntt.h"
#include "math/kernels/vector_ntt.h"
#include "math/kernels/vector_pointwise.h"

namespace veilray::math {
namespace {

using Ntt = VectorNtt<LanesAvx2>;
using Q = VectorModulus<LanesAvx2>;
using Vec = LanesAvx2::Vec;

// The last seven stages are done on blocks of eight rows of sixteen values. The first three work
// between the rows. Then each half of the block (eight columns) is transposed, so that column c
// stands in register c, and the last four stages work between columns, each lane (a row) with
// factors of its own: one stage between the halves, three within each.
constexpr std::size_t kLogBlock = 7;
constexpr std::size_t kBlock = std::size_t{1} << kLogBlock;
constexpr std::size_t kHalf = 8;  // columns

/// The factor of group `g` of 2^stage for the eight rows of block `b`: see TwiddleView.
inline Ntt::LaneFactor row_factor(const RowTwiddles* rows, std::size_t b, int stage, int g) {
  const auto number = static_cast<std::size_t>((1 << stage) - 1 + g);
  return Ntt::load_factor(rows[b / 2 * 15 + number], b % 2 * 8);
}

/// Stages 1, 2, 3 of the row: within columns 8 * side .. 8 * side + 7.
inline void forward_columns(Vec (&v)[8], const RowTwiddles* rows, std::size_t b, int side,
                            const Q& q) {
#pragma GCC unroll 3
  for (int stage = 1; stage < 4; ++stage) {
    const int half = 8 >> stage, groups = 1 << (stage - 1);
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
      const auto w = row_factor(rows, b, stage, side * groups + g);
#pragma GCC unroll 4
      for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
        Ntt::forward_butterfly(v[k], v[k + half], w, q);
      }
    }
  }
}

inline void inverse_columns(Vec (&v)[8], const RowTwiddles* rows, std::size_t b, int side,
                            const Q& q) {
#pragma GCC unroll 3
  for (int stage = 3; stage > 0; --stage) {
    const int half = 8 >> stage, groups = 1 << (stage - 1);
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
      const auto w = row_factor(rows, b, stage, side * groups + g);
#pragma GCC unroll 4
      for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
        Ntt::inverse_butterfly(v[k], v[k + half], w, q);
      }
    }
  }
}

void forward_block(Residue* block, std::size_t b, const NttView& tables, const Q& q) {
  const std::size_t group = ((std::size_t{1} << tables.log_n) / kBlock) + b;
  Vec left[8], right[8];
  Ntt::load_strided<3>(left, block, kRow);
  Ntt::forward_stages<3>(left, tables.forward.wide, group, q);
  transpose(left);
  Ntt::load_strided<3>(right, block + kHalf, kRow);
  Ntt::forward_stages<3>(right, tables.forward.wide, group, q);
  transpose(right);

  const auto w = row_factor(tables.forward.rows, b, 0, 0);
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) Ntt::forward_butterfly(left[k], right[k], w, q);

  forward_columns(left, tables.forward.rows, b, 0, q);
#pragma GCC unroll 8
  for (Vec& x : left) x = q.reduce_lazy(x);
  transpose(left);
  Ntt::store_strided<3>(block, kRow, left);
  forward_columns(right, tables.forward.rows, b, 1, q);
#pragma GCC unroll 8
  for (Vec& x : right) x = q.reduce_lazy(x);
  transpose(right);
  Ntt::store_strided<3>(block + kHalf, kRow, right);
}

template <bool kLast>
void inverse_block(Residue* out, const Residue* in, std::size_t b, const NttView& tables,
                   const Q& q) {
  const std::size_t group = ((std::size_t{1} << tables.log_n) / kBlock) + b;
  Vec left[8], right[8];
  Ntt::load_strided<3>(left, in, kRow);
  transpose(left);
  inverse_columns(left, tables.inverse.rows, b, 0, q);
  Ntt::load_strided<3>(right, in + kHalf, kRow);
  transpose(right);
  inverse_columns(right, tables.inverse.rows, b, 1, q);

  const auto w = row_factor(tables.inverse.rows, b, 0, 0);
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) Ntt::inverse_butterfly(left[k], right[k], w, q);

  transpose(left);
  Ntt::inverse_stages<3, kLast>(left, group, tables, q);
  Ntt::store_strided<3>(out, kRow, left);
  transpose(right);
  Ntt::inverse_stages<3, kLast>(right, group, tables, q);
  Ntt::store_strided<3>(out + kHalf, kRow, right);
}

void ntt_forward(Residue* values, const NttView& tables) noexcept {
  if (tables.log_n < kLogBlock) return scalar_ntt_forward(values, tables);
  Ntt::forward_head(values, tables.log_n - kLogBlock, tables);
  const Q q(tables.q);
  const std::size_t blocks = std::size_t{1} << (tables.log_n - kLogBlock);
  for (std::size_t b = 0; b < blocks; ++b) forward_block(values + b * kBlock, b, tables, q);
}

void ntt_inverse(Residue* out, const Residue* in, const NttView& tables) noexcept {
  if (tables.log_n < kLogBlock) return scalar_ntt_inverse(out, in, tables);
  const Q q(tables.q);
  if (tables.log_n == kLogBlock) return inverse_block<true>(out, in, 0, tables, q);
  const std::size_t blocks = std::size_t{1} << (tables.log_n - kLogBlock);
  for (std::size_t b = 0; b < blocks; ++b)
    inverse_block<false>(out + b * kBlock, in + b * kBlock, b, tables, q);
  Ntt::inverse_head(out, tables.log_n - kLogBlock, tables);
}

constexpr KernelTable kAvx2 = make_table<LanesAvx2>("avx2", ntt_forward, ntt_inverse);

}  // namespace

const KernelTable* avx2_kernels() { return &kAvx2; }

}  // namespace veilray::math
#else
namespace veilray::math {
const KernelTable* avx2_kernels() { return nullptr; }
}  // namespace veilray::math
#endif
