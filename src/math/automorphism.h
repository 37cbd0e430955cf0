#pragma once
// The automorphisms x -> x^g (g odd) of Z_q[x]/(x^n + 1), in both domains.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "math/modulus.h"
#include "math/ntt.h"

namespace veilray::math {

/// Where one row of 16 transformed values comes from: row `source`, lanes rearranged by `pattern`.
struct RowMove {
  std::uint16_t source;
  std::uint16_t pattern;
};

/// out[16 i + lane] = in[16 moves[i].source + patterns[moves[i].pattern][lane]].
struct PermutationView {
  const RowMove* moves;
  std::size_t rows;
  const std::uint32_t (*patterns)[kRow];
};

/// x -> x^g on transformed values, where it is a permutation that moves whole rows of 16.
///
/// Position i holds the value at psi^e, e = 2 * bit_reverse(i) + 1; the lane is the top four bits
/// of e. Those never reach the other bits of e * g, so a row goes to a row; within it the lane only
/// sees g and the carry out of the lower bits, both mod 16: sixteen patterns serve all rows.
/// Depends on n and g only: one table serves every prime.
class AutomorphismTable {
 public:
  /// Throws: Error{kInvalidArgument} unless log_n is in [4, 16] and g is odd and below 2n.
  AutomorphismTable(std::uint32_t log_n, std::uint64_t g);

  std::size_t n() const noexcept { return moves_.size() * kRow; }
  std::uint64_t galois_element() const noexcept { return g_; }
  /// The position in the input that lands at position i.
  std::size_t source(std::size_t i) const noexcept;
  /// Valid as long as this table.
  PermutationView view() const noexcept;

 private:
  std::uint64_t g_;
  std::vector<RowMove> moves_;
  alignas(64) std::uint32_t patterns_[kRow][kRow];
};

/// out = in(x^g), both transformed (order of ntt.h), modulo whatever prime. `out` must not overlap
/// `in`. Throws: Error{kInvalidArgument} unless both hold table.n() values.
void permute(std::span<Residue> out, std::span<const Residue> in, const AutomorphismTable& table);

/// out = in(x^g), both coefficients. Ranges: in, out in [0, q). `out` must not overlap `in`.
/// Throws: Error{kInvalidArgument} unless sizes are one power of two n and g is odd.
void permute_coefficients(std::span<Residue> out, std::span<const Residue> in, std::uint64_t g,
                          const Modulus& q);

}  // namespace veilray::math
