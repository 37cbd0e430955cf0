#pragma once
// From one group of primes to another: the moves between bases that hybrid key switching and
// rescaling are made of. All round to nearest (see BaseConversion).
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ring/basis.h"
#include "ring/poly.h"
#include "ring/workspace.h"

namespace veilray::ring {

using Limb = std::span<std::uint32_t>;
using ConstLimb = std::span<const std::uint32_t>;

template <Domain D>
std::vector<Limb> all_limbs(Poly<D>& poly) {
  std::vector<Limb> limbs;
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) limbs.push_back(poly.limb(i));
  return limbs;
}

/// Limbs that are worked on together: their residues stay in a cache of the second level, and what
/// they are made of is read once for all of them.
inline constexpr std::uint32_t kLimbGroup = 4;

/// Consecutive limbs, at most kLimbGroup.
struct LimbGroup {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
/// The groups that `limbs` limbs fall into.
constexpr std::uint32_t limb_groups(std::uint32_t limbs) noexcept {
  return (limbs + kLimbGroup - 1) / kLimbGroup;
}
constexpr LimbGroup limb_group(std::uint32_t limbs, std::size_t index) noexcept {
  const auto first = static_cast<std::uint32_t>(index) * kLimbGroup;
  return {first, std::min(kLimbGroup, limbs - first)};
}

/// The limbs of a group.
using Limbs = std::array<Limb, kLimbGroup>;
using ConstLimbs = std::array<ConstLimb, kLimbGroup>;
template <Domain D>
Limbs limbs_of(Poly<D>& poly, LimbGroup group) {
  Limbs limbs;
  for (std::uint32_t k = 0; k < group.count; ++k) limbs[k] = poly.limb(group.first + k);
  return limbs;
}
template <Domain D>
ConstLimbs limbs_of(const Poly<D>& poly, LimbGroup group) {
  ConstLimbs limbs;
  for (std::uint32_t k = 0; k < group.count; ++k) limbs[k] = poly.limb(group.first + k);
  return limbs;
}

/// term = y_i of the conversion, from a transformed limb: x modulo prime conversion.from().first +
/// i. Both may be the same memory.
void make_term(const Basis& basis, const BaseConversion& conversion, std::uint32_t i,
               ConstLimb limb, Limb term);

/// A polynomial known modulo a group of primes, made ready to be carried to any other prime.
class Convertible {
 public:
  /// `terms`: by make_term, one per prime of conversion.from(); `quotient` receives v. Both are
  /// read until the last call of `convert`.
  Convertible(const Basis& basis, const BaseConversion& conversion, std::span<const Limb> terms,
              Limb quotient);

  /// outs[i] = the coefficients modulo primes[i], at most kLimbGroup of them. Range: [0, q). All
  /// terms are read once for all of these primes: they are more than a cache holds.
  void convert(std::span<const std::uint32_t> primes, std::span<const Limb> outs) const;

 private:
  const Basis* basis_;
  const BaseConversion* conversion_;
  std::vector<const std::uint32_t*> terms_;
};

/// The special limbs of a polynomial as terms of basis.special_conversion(), shape {n, 0,
/// special_count}; of a polynomial of nothing else, in its own memory.
CoeffPoly special_terms(const Basis& basis, const NttPoly& poly, Workspace& workspace);
CoeffPoly special_terms(const Basis& basis, NttPoly&& special, Workspace& workspace);

/// Division by the product P of the special primes, a group of chain limbs at a time, so that they
/// can be finished while they are in cache.
class DivideBySpecial {
 public:
  /// `special`: special_terms of the dividend.
  DivideBySpecial(const Basis& basis, CoeffPoly special, Workspace& workspace);

  /// out_i = round(dividend / P) modulo q_i for the chain limbs `group`; dividends[k] and outs[k]
  /// are limb group.first + k, and may be the same memory. Plus that limb of `addend`, if there is
  /// one.
  void divide(LimbGroup group, std::span<const Limb> outs, std::span<const ConstLimb> dividends,
              const NttPoly* addend, Workspace& workspace) const;

  void recycle(Workspace& workspace) &&;

 private:
  const Basis* basis_;
  CoeffPoly terms_;
  CoeffPoly quotient_;
  Convertible convertible_;
};

/// round(poly / P), over the chain limbs. `poly` has all special limbs.
NttPoly mod_down(const Basis& basis, const NttPoly& poly, Workspace& workspace);

/// round(poly / q_last) over one limb less. `poly` has at least two chain limbs, no special ones.
NttPoly rescale(const Basis& basis, const NttPoly& poly, Workspace& workspace);

}  // namespace veilray::ring
