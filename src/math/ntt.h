#pragma once
// The negacyclic number-theoretic transform of size n modulo one prime.
//
// Forward: out[i] = a(psi^(2 * bit_reverse(i) + 1)), where psi is the smallest primitive 2n-th root
// of unity and bit_reverse reverses log2(n) bits. Products modulo x^n + 1 become pointwise.
// The order is the same for every instruction set, and has the property that an automorphism moves
// whole blocks of 16 (automorphism.h).
#include <cstdint>
#include <span>

#include "base/aligned.h"
#include "math/modulus.h"
#include "math/primes.h"

namespace veilray::math {

/// The low `bits` bits of `value` in reverse.
constexpr std::uint32_t bit_reverse(std::uint32_t value, std::uint32_t bits) noexcept {
  std::uint32_t reversed = 0;
  for (std::uint32_t i = 0; i < bits; ++i) reversed |= ((value >> i) & 1) << (bits - 1 - i);
  return reversed;
}

/// Residues are handled in rows of 16 (one AVX-512 register); log_n >= 4 makes every ring whole.
inline constexpr std::uint32_t kRow = 16;
inline constexpr std::uint32_t kLogRow = 4;

/// One twiddle factor of the last four forward stages for each of 16 neighbouring rows.
struct alignas(64) RowTwiddles {
  Residue w[kRow];
  Residue w_shoup[kRow];
};

/// Twiddle factors of one direction. With W[k] = psi^bit_reverse(k) (or its inverse), the stage
/// that has m butterfly groups uses W[m + i] for group i.
struct TwiddleView {
  /// W[k] for k in [1, n/16): the stages whose butterflies span at least one row.
  const ShoupFactor* wide;
  /// The other four stages, s = 0..3, stay within a row. Row 16 b + lane finds its factor for group
  /// g of 2^s at rows[15 b + 2^s - 1 + g], lane `lane`: W[(n/16 + 16 b + lane) 2^s + g].
  const RowTwiddles* rows;
};

/// What an inverse transform multiplies by in its last stage: a factor over n.
struct InverseFactor {
  ShoupFactor all;    // factor/n
  ShoupFactor upper;  // factor W[1]/n, W of the inverse: for the upper half
};

/// What a kernel reads: no ownership.
struct NttView {
  std::uint32_t log_n;
  Modulus q;
  TwiddleView forward;
  TwiddleView inverse;
  InverseFactor last_factor;
};

/// Every constant of the transforms for one prime and size; immutable. 16 bytes per coefficient.
class NttTables {
 public:
  /// Throws: Error{kInvalidArgument} unless log_n is in [4, 16] and q is 1 mod 2n.
  NttTables(const Modulus& q, std::uint32_t log_n);

  const Modulus& modulus() const noexcept { return q_; }
  std::uint32_t log_n() const noexcept { return log_n_; }
  std::size_t n() const noexcept { return std::size_t{1} << log_n_; }
  /// The 2n-th root of unity that the transform evaluates at.
  Residue psi() const noexcept { return psi_; }
  /// Valid as long as these tables; an inverse transform multiplies by 1/n.
  NttView view() const noexcept;
  /// For an inverse transform that multiplies by a factor as well. Range: in [0, q).
  InverseFactor inverse_factor(Residue factor) const noexcept;

 private:
  struct Twiddles {
    AlignedVector<ShoupFactor> wide;
    AlignedVector<RowTwiddles> rows;
    TwiddleView view() const noexcept { return {wide.data(), rows.data()}; }
  };
  Twiddles make_twiddles(Residue root) const;

  Modulus q_;
  std::uint32_t log_n_;
  Residue psi_;
  Twiddles forward_;
  Twiddles inverse_;
  InverseFactor last_factor_;
};

/// In place, with the kernels of this machine. Ranges: in [0, 4q), out [0, q).
/// Throws: Error{kInvalidArgument} unless values.size() == n.
void ntt_forward(std::span<Residue> values, const NttTables& tables);
/// In place, 1/n included. Ranges: in [0, q), out [0, q).
/// Throws: Error{kInvalidArgument} unless values.size() == n.
void ntt_inverse(std::span<Residue> values, const NttTables& tables);
/// From one array to another, times the factor of tables.inverse_factor(factor). Ranges: in [0, q),
/// out [0, q).
/// Throws: Error{kInvalidArgument} unless both sizes are n.
void ntt_inverse(std::span<Residue> out, std::span<const Residue> in, const InverseFactor& factor,
                 const NttTables& tables);

}  // namespace veilray::math
