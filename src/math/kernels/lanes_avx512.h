#pragma once
// Sixteen residues in an AVX-512 register. Included only by files compiled for AVX-512.
#include <immintrin.h>

#include "math/kernels/vector_arithmetic.h"

namespace veilray::math {

struct LanesAvx512 {
  using Vec = __m512i;
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kMaxRadix = 4;  // stages between a load and a store

  static constexpr std::size_t kAhead =
      192;  // words of a stream: what one to two microseconds take

  VEILRAY_LANES Vec load(const Residue* from) { return _mm512_loadu_si512(from); }
  VEILRAY_LANES Vec load(const std::int64_t* from) { return _mm512_loadu_si512(from); }
  VEILRAY_LANES void store(Residue* to, Vec x) { _mm512_storeu_si512(to, x); }
  VEILRAY_LANES Vec zero() { return _mm512_setzero_si512(); }
  VEILRAY_LANES Vec broadcast(Residue x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  VEILRAY_LANES Vec broadcast_wide(std::uint64_t x) {
    return _mm512_set1_epi64(static_cast<long long>(x));
  }

  /// Fetches what a stream that is at `from` needs soon.
  VEILRAY_LANES void prefetch(const Residue* from) { __builtin_prefetch(from + kAhead); }

  VEILRAY_LANES Vec add(Vec a, Vec b) { return _mm512_add_epi32(a, b); }
  VEILRAY_LANES Vec sub(Vec a, Vec b) { return _mm512_sub_epi32(a, b); }
  VEILRAY_LANES Vec min(Vec a, Vec b) { return _mm512_min_epu32(a, b); }
  VEILRAY_LANES Vec mul_low(Vec a, Vec b) { return _mm512_mullo_epi32(a, b); }

  VEILRAY_LANES Vec add_wide(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  VEILRAY_LANES Vec mul_even(Vec a, Vec b) { return _mm512_mul_epu32(a, b); }
  VEILRAY_LANES Vec shift_right_wide(Vec a, std::uint32_t bits) {
    return _mm512_srl_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  VEILRAY_LANES Vec low_words(Vec wide) {
    return _mm512_and_si512(wide, _mm512_set1_epi64(0xffffffff));
  }
  VEILRAY_LANES Vec odd_to_even(Vec a) { return _mm512_shuffle_epi32(a, _MM_PERM_DDBB); }
  VEILRAY_LANES Vec join_high(Vec even, Vec odd) {
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  }
  VEILRAY_LANES Vec join_low(Vec even, Vec odd) {
    return _mm512_mask_shuffle_epi32(even, 0xaaaa, odd, _MM_PERM_CCAA);
  }
  /// Lanes 0, 2, 4, ..., then 1, 3, 5, ...
  VEILRAY_LANES Vec unzip(Vec a) {
    return _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15), a);
  }
  VEILRAY_LANES void permute_row(Residue* out, const Residue* in, const std::uint32_t* pattern) {
    store(out, _mm512_permutexvar_epi32(load(pattern), load(in)));
  }
};

/// Rows become columns: lane c of row r changes place with lane r of row c.
[[gnu::always_inline]] inline void transpose(__m512i (&rows)[16]) {
  __m512i t[16];
  // 2 x 2 words, then 4 x 4: t[4 a + c] holds column c of each 4 x 4 block of rows 4a .. 4a + 3.
#pragma GCC unroll 8
  for (int k = 0; k < 16; k += 2) {
    t[k] = _mm512_unpacklo_epi32(rows[k], rows[k + 1]);
    t[k + 1] = _mm512_unpackhi_epi32(rows[k], rows[k + 1]);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 16; k += 4) {
    rows[k] = _mm512_unpacklo_epi64(t[k], t[k + 2]);
    rows[k + 1] = _mm512_unpackhi_epi64(t[k], t[k + 2]);
    rows[k + 2] = _mm512_unpacklo_epi64(t[k + 1], t[k + 3]);
    rows[k + 3] = _mm512_unpackhi_epi64(t[k + 1], t[k + 3]);
  }
  // Then the 4 x 4 blocks themselves, as 128-bit quarters.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512i even_top = _mm512_shuffle_i32x4(rows[c], rows[4 + c], 0x88);
    const __m512i odd_top = _mm512_shuffle_i32x4(rows[c], rows[4 + c], 0xdd);
    const __m512i even_bottom = _mm512_shuffle_i32x4(rows[8 + c], rows[12 + c], 0x88);
    const __m512i odd_bottom = _mm512_shuffle_i32x4(rows[8 + c], rows[12 + c], 0xdd);
    t[c] = _mm512_shuffle_i32x4(even_top, even_bottom, 0x88);
    t[4 + c] = _mm512_shuffle_i32x4(odd_top, odd_bottom, 0x88);
    t[8 + c] = _mm512_shuffle_i32x4(even_top, even_bottom, 0xdd);
    t[12 + c] = _mm512_shuffle_i32x4(odd_top, odd_bottom, 0xdd);
  }
#pragma GCC unroll 16
  for (int k = 0; k < 16; ++k) rows[k] = t[k];
}

}  // namespace veilray::math
