#pragma once
// From one group of primes to another: the moves between bases that hybrid key switching and
// rescaling are made of. All round to nearest (see BaseConversion).
#include <cstdint>
#include <span>
#include <vector>

#include "ring/basis.h"
#include "ring/poly.h"
#include "ring/workspace.h"

namespace veilray::ring {

/// A polynomial known modulo a group of primes, made ready to be carried to any other prime.
class Convertible {
 public:
  /// `residues`: one array of coefficients per prime of conversion.from(); overwritten with the
  /// y_i, and read until the last call of `convert`, as is `quotient`, which receives v.
  Convertible(const Basis& basis, const BaseConversion& conversion,
              std::span<const std::span<std::uint32_t>> residues,
              std::span<std::uint32_t> quotient);

  /// out = the coefficients modulo `prime`. Range: [0, q_prime).
  void convert(std::uint32_t prime, std::span<std::uint32_t> out) const;

 private:
  const Basis* basis_;
  const BaseConversion* conversion_;
  std::vector<const std::uint32_t*> terms_;
};

/// Division by the product P of the special primes, one chain limb at a time, so that a limb can be
/// finished while it is in cache.
class DivideBySpecial {
 public:
  /// `special`: the special limbs of the dividend, shape {n, 0, special_count}.
  DivideBySpecial(const Basis& basis, NttPoly special, Workspace& workspace);

  /// out = round(dividend / P) + addend modulo q_prime, where `x` is the dividend's limb.
  /// `addend` may be empty; `scratch` is overwritten. `out` may be `x` or `addend`.
  void divide(std::uint32_t prime, std::span<std::uint32_t> out, std::span<const std::uint32_t> x,
              std::span<const std::uint32_t> addend, std::span<std::uint32_t> scratch) const;

  void recycle(Workspace& workspace) &&;

 private:
  const Basis* basis_;
  CoeffPoly special_;
  CoeffPoly quotient_;
  Convertible convertible_;
};

/// round(poly / P), over the chain limbs. `poly` has all special limbs.
NttPoly mod_down(const Basis& basis, NttPoly poly, Workspace& workspace);

/// round(poly / q_last) over one limb less. `poly` has at least two chain limbs, no special ones.
NttPoly rescale(const Basis& basis, NttPoly poly, Workspace& workspace);

}  // namespace veilray::ring
