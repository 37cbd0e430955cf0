#pragma once
// The inner loops, one table of functions per instruction set. Every table gives the same bits.
//
// Common to all: outputs come first and are fully reduced to [0, q); inputs are in [0, q) unless
// stated; n is a multiple of 16; nothing need be aligned. An output may be the same array as an
// input of its own position-wise operation (never a shifted overlap), except where they are
// permuted.
//
// Raw pointers on purpose: a file compiled for a newer instruction set must not instantiate inline
// library functions, or the linker might hand its copy to the whole program.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "math/automorphism.h"
#include "math/modulus.h"
#include "math/ntt.h"

namespace veilray::math {

/// One pair of ciphertexts (a0, a1) x (b0, b1) of a sum of tensor products.
struct TensorTerm {
  const Residue* a0;
  const Residue* a1;
  const Residue* b0;
  const Residue* b1;
};

/// One prime that base_convert goes to.
struct ConversionTarget {
  Residue* out;
  const Residue* factors;  // one per term, in [0, q)
  const Modulus* q;
};

/// Sums that `combine` makes at once.
inline constexpr std::size_t kCombined = 4;

struct KernelTable {
  const char* name;

  /// In place, order of ntt.h. Range of the input: [0, 4q).
  void (*ntt_forward)(Residue* values, const NttView& tables) noexcept;
  /// Times the last factor of `tables`, 1/n included. `out` may be `in`.
  void (*ntt_inverse)(Residue* out, const Residue* in, const NttView& tables) noexcept;

  /// out = a + b
  void (*add)(Residue* out, const Residue* a, const Residue* b, std::size_t n,
              const Modulus& q) noexcept;
  /// out = a - b
  void (*subtract)(Residue* out, const Residue* a, const Residue* b, std::size_t n,
                   const Modulus& q) noexcept;
  /// out = -a
  void (*negate)(Residue* out, const Residue* a, std::size_t n, const Modulus& q) noexcept;
  /// out = a * b
  void (*multiply)(Residue* out, const Residue* a, const Residue* b, std::size_t n,
                   const Modulus& q) noexcept;
  /// out = a * w. Range: a is any 32-bit word.
  void (*multiply_scalar)(Residue* out, const Residue* a, ShoupFactor w, std::size_t n,
                          const Modulus& q) noexcept;
  /// out = a * w + b. Range: a is any 32-bit word.
  void (*multiply_scalar_add)(Residue* out, const Residue* a, ShoupFactor w, const Residue* b,
                              std::size_t n, const Modulus& q) noexcept;
  /// out = (x - y) * w: the tail of rescale and mod_down.
  /// Range: y in [0, 2^30), a residue of any prime.
  void (*subtract_multiply)(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                            std::size_t n, const Modulus& q) noexcept;
  /// out = (x - y) * w + b. Range: y in [0, 2^30).
  void (*subtract_multiply_add)(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                                const Residue* b, std::size_t n, const Modulus& q) noexcept;

  /// out = (in + offset) mod q. Ranges: in in [0, 2^31), offset in [0, q).
  void (*reduce)(Residue* out, const Residue* in, Residue offset, std::size_t n,
                 const Modulus& q) noexcept;
  /// out = in mod q. Range: |in| <= 2^62.
  void (*reduce_signed)(Residue* out, const std::int64_t* in, std::size_t n,
                        const Modulus& q) noexcept;

  /// out = sum over k < terms of a[k] * b[k], reduced once. Ranges: a, b in [0, 2^30).
  void (*inner_product)(Residue* out, const Residue* const* a, const Residue* const* b,
                        std::size_t terms, std::size_t n, const Modulus& q) noexcept;
  /// out0 = sum of a[k] * b0[k], out1 = sum of a[k] * b1[k]: digits with a key. Faster if the b
  /// come from memory and the a are in cache. Ranges: a, b0, b1 in [0, 2^30).
  void (*inner_product_pair)(Residue* out0, Residue* out1, const Residue* const* a,
                             const Residue* const* b0, const Residue* const* b1, std::size_t terms,
                             std::size_t n, const Modulus& q) noexcept;
  /// The same, added to what out0 and out1 hold, residues in [0, q): plaintexts with ciphertexts.
  /// Faster if the a come from memory and the b are in cache.
  void (*inner_product_pair_onto)(Residue* out0, Residue* out1, const Residue* const* a,
                                  const Residue* const* b0, const Residue* const* b1,
                                  std::size_t terms, std::size_t n, const Modulus& q) noexcept;
  /// out0 = sum of a0 b0, out1 = sum of a0 b1 + a1 b0, out2 = sum of a1 b1, over the terms.
  /// Ranges: all in [0, 2^30).
  void (*tensor_product)(Residue* out0, Residue* out1, Residue* out2, const TensorTerm* terms,
                         std::size_t count, std::size_t n, const Modulus& q) noexcept;
  /// out = sum over k < terms of in[k] * factors[k], for every target: fast basis conversion. What
  /// is read from `in` serves four targets at a time. No output may overlap an input.
  /// Range: in in [0, 2^30), residues of any primes.
  void (*base_convert)(const ConversionTarget* targets, std::size_t count, const Residue* const* in,
                       std::size_t terms, std::size_t n) noexcept;

  /// out = floor((2^(bits - 1) + sum over k < terms of in[k] * reciprocals[k]) / 2^bits): the
  /// multiple of the old modulus that base_convert has to take off. Ranges: the sum below 2^64, out
  /// below 2^32, bits in [1, 63].
  void (*round_sum)(Residue* out, const Residue* const* in, const std::uint32_t* reciprocals,
                    std::size_t terms, std::uint32_t bits, std::size_t n) noexcept;

  /// out[r] = sum over k < terms of in[k] * factors[k * kCombined + r], for every r < kCombined:
  /// what is read from `in` serves all of them. Ranges: in in [0, 2^30); factors in [0, q).
  void (*combine)(Residue* const* out, const Residue* const* in, const Residue* factors,
                  std::size_t terms, std::size_t n, const Modulus& q) noexcept;

  /// See PermutationView. `out` must not overlap `in`.
  void (*permute)(Residue* out, const Residue* in, const PermutationView& permutation) noexcept;
  /// out = out + what `permute` makes of in. `out` must not overlap `in`.
  void (*permute_add)(Residue* out, const Residue* in, const PermutationView& permutation,
                      const Modulus& q) noexcept;
};

/// The kernels of this process, chosen at the first call: what VEILRAY_KERNELS names, else the best
/// that the processor runs.
/// Throws: Error if VEILRAY_KERNELS cannot be honoured; programs call select_kernels first.
const KernelTable& kernels();

/// The table that `wanted` names ("scalar", "avx2", "avx512"; null or empty: the best).
/// Fails with kInvalidArgument for another name, kUnsupported for what this processor lacks.
Result<const KernelTable*> select_kernels(const char* wanted);

/// Every table that this processor runs, scalar first. For tests and benchmarks.
std::vector<const KernelTable*> available_kernels();

}  // namespace veilray::math
