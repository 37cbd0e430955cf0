#include "math/kernels/scalar.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include "math/kernels/lanes_avx512.h"
#include "math/kernels/scalar_ntt.h"
#include "math/kernels/vector_ntt.h"
#include "math/kernels/vector_pointwise.h"

namespace veilray::math {
namespace {

using Ntt = VectorNtt<LanesAvx512>;
using Q = VectorModulus<LanesAvx512>;
using Vec = LanesAvx512::Vec;

// The last eight stages are done on blocks of 256 values, held in sixteen registers. The first four
// work between registers; after a transposition the last four do as well, each lane with factors
// of its own; a second transposition restores the order.
constexpr std::size_t kLogBlock = 8;
constexpr std::size_t kBlock = std::size_t{1} << kLogBlock;

inline void forward_block(Residue* block, std::size_t b, const NttView& tables, const Q& q) {
  Vec v[16];
  Ntt::load_strided<4>(v, block, kRow);
  Ntt::forward_stages<4>(v, tables.forward.wide, ((std::size_t{1} << tables.log_n) / kBlock) + b,
                         q);
  transpose(v);
#pragma GCC unroll 4
  for (int stage = 0; stage < 4; ++stage) {
    const int half = 8 >> stage;
#pragma GCC unroll 8
    for (int g = 0; g < (1 << stage); ++g) {
      const auto w = Ntt::load_factor(
          tables.forward.rows[15 * b + static_cast<std::size_t>((1 << stage) - 1 + g)], 0);
#pragma GCC unroll 8
      for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
        Ntt::forward_butterfly(v[k], v[k + half], w, q);
      }
    }
  }
#pragma GCC unroll 16
  for (Vec& x : v) x = q.reduce_lazy(x);
  transpose(v);
  Ntt::store_strided<4>(block, kRow, v);
}

template <bool kLast>
inline void inverse_block(Residue* out, const Residue* in, std::size_t b, const NttView& tables,
                          const Q& q) {
  Vec v[16];
  Ntt::load_strided<4>(v, in, kRow);
  transpose(v);
#pragma GCC unroll 4
  for (int stage = 3; stage >= 0; --stage) {
    const int half = 8 >> stage;
#pragma GCC unroll 8
    for (int g = 0; g < (1 << stage); ++g) {
      const auto w = Ntt::load_factor(
          tables.inverse.rows[15 * b + static_cast<std::size_t>((1 << stage) - 1 + g)], 0);
#pragma GCC unroll 8
      for (int k = 2 * g * half; k < 2 * g * half + half; ++k) {
        Ntt::inverse_butterfly(v[k], v[k + half], w, q);
      }
    }
  }
  transpose(v);
  Ntt::inverse_stages<4, kLast>(v, ((std::size_t{1} << tables.log_n) / kBlock) + b, tables, q);
  Ntt::store_strided<4>(out, kRow, v);
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

constexpr KernelTable kAvx512 = make_table<LanesAvx512>("avx512", ntt_forward, ntt_inverse);

}  // namespace

const KernelTable* avx512_kernels() { return &kAvx512; }

}  // namespace veilray::math
#else
namespace veilray::math {
const KernelTable* avx512_kernels() { return nullptr; }
}  // namespace veilray::math
#endif
