#pragma once
// Eight residues in an AVX2 register. Included only by files compiled for AVX2.
#include <immintrin.h>

#include "math/kernels/vector_arithmetic.h"

namespace veilray::math {

struct LanesAvx2 {
  using Vec = __m256i;
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kMaxRadix = 3;  // stages between a load and a store

  static constexpr std::size_t kAhead =
      192;  // words of a stream: what one to two microseconds take

  VEILRAY_LANES Vec load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  VEILRAY_LANES void store(Residue* to, Vec x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), x);
  }
  VEILRAY_LANES Vec zero() { return _mm256_setzero_si256(); }
  VEILRAY_LANES Vec broadcast(Residue x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  VEILRAY_LANES Vec broadcast_wide(std::uint64_t x) {
    return _mm256_set1_epi64x(static_cast<long long>(x));
  }

  /// Fetches what a stream that is at `from` needs soon.
  VEILRAY_LANES void prefetch(const Residue* from) { __builtin_prefetch(from + kAhead); }

  VEILRAY_LANES Vec add(Vec a, Vec b) { return _mm256_add_epi32(a, b); }
  VEILRAY_LANES Vec sub(Vec a, Vec b) { return _mm256_sub_epi32(a, b); }
  VEILRAY_LANES Vec min(Vec a, Vec b) { return _mm256_min_epu32(a, b); }
  VEILRAY_LANES Vec mul_low(Vec a, Vec b) { return _mm256_mullo_epi32(a, b); }

  VEILRAY_LANES Vec add_wide(Vec a, Vec b) { return _mm256_add_epi64(a, b); }
  VEILRAY_LANES Vec mul_even(Vec a, Vec b) { return _mm256_mul_epu32(a, b); }
  VEILRAY_LANES Vec shift_right_wide(Vec a, std::uint32_t bits) {
    return _mm256_srl_epi64(a, _mm_cvtsi32_si128(static_cast<int>(bits)));
  }
  VEILRAY_LANES Vec low_words(Vec wide) {
    return _mm256_blend_epi32(wide, _mm256_setzero_si256(), 0b10101010);
  }
  VEILRAY_LANES Vec odd_to_even(Vec a) { return _mm256_shuffle_epi32(a, 0b11110101); }
  VEILRAY_LANES Vec join_high(Vec even, Vec odd) {
    return _mm256_blend_epi32(odd_to_even(even), odd, 0b10101010);
  }
  VEILRAY_LANES Vec join_low(Vec even, Vec odd) {
    return _mm256_blend_epi32(even, _mm256_shuffle_epi32(odd, 0b10100000), 0b10101010);
  }
  /// Lanes 0, 2, 4, 6, 1, 3, 5, 7.
  VEILRAY_LANES Vec unzip(Vec a) {
    return _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  }
  VEILRAY_LANES void permute_row(Residue* out, const Residue* in, const std::uint32_t* pattern) {
    const Vec first = load(in), second = load(in + kLanes);
    permute_half(out, first, second, load(pattern));
    permute_half(out + kLanes, first, second, load(pattern + kLanes));
  }

 private:
  /// permutevar8x32 looks at the low three bits of an index; the fourth chooses the register.
  VEILRAY_LANES void permute_half(Residue* out, Vec first, Vec second, Vec index) {
    const Vec from_first = _mm256_permutevar8x32_epi32(first, index);
    const Vec from_second = _mm256_permutevar8x32_epi32(second, index);
    const Vec choose = _mm256_cmpgt_epi32(index, _mm256_set1_epi32(7));
    store(out, _mm256_blendv_epi8(from_first, from_second, choose));
  }
};

/// Rows become columns: lane c of row r changes place with lane r of row c.
[[gnu::always_inline]] inline void transpose(__m256i (&rows)[8]) {
  __m256i t[8];
  // 2 x 2 words, then 4 x 4: rows[4 a + c] holds column c of each 4 x 4 block.
#pragma GCC unroll 4
  for (int k = 0; k < 8; k += 2) {
    t[k] = _mm256_unpacklo_epi32(rows[k], rows[k + 1]);
    t[k + 1] = _mm256_unpackhi_epi32(rows[k], rows[k + 1]);
  }
#pragma GCC unroll 2
  for (int k = 0; k < 8; k += 4) {
    rows[k] = _mm256_unpacklo_epi64(t[k], t[k + 2]);
    rows[k + 1] = _mm256_unpackhi_epi64(t[k], t[k + 2]);
    rows[k + 2] = _mm256_unpacklo_epi64(t[k + 1], t[k + 3]);
    rows[k + 3] = _mm256_unpackhi_epi64(t[k + 1], t[k + 3]);
  }
  // Then the 4 x 4 blocks themselves, as 128-bit halves.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    t[c] = _mm256_permute2x128_si256(rows[c], rows[4 + c], 0x20);
    t[4 + c] = _mm256_permute2x128_si256(rows[c], rows[4 + c], 0x31);
  }
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) rows[k] = t[k];
}

}  // namespace veilray::math
