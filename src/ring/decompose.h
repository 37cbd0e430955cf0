#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/poly.h"
#include "ring/workspace.h"

namespace veilray::ring {

/// The digits of a polynomial for hybrid key switching: digit d is the polynomial modulo the primes
/// of group d, centred, and can be raised (mod_up) to every prime of the extended basis. Modulo its
/// own primes it is the polynomial itself, so those limbs are not computed again.
/// Source: Han, Ki, eprint 2019/688.
class Digits {
 public:
  /// `source`: chain limbs only; it must outlive the digits.
  Digits(const Basis& basis, const NttPoly& source, Workspace& workspace);

  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(digits_.size()); }

  /// Digit `digit` modulo primes[k], transformed, for every k: limbs[k] is either the source's own
  /// limb or scratch[k], filled. At most kLimbGroup primes.
  void raise(std::uint32_t digit, std::span<const std::uint32_t> primes,
             std::span<const Limb> scratch, std::span<const std::uint32_t*> limbs) const;

  void recycle(Workspace& workspace) &&;

 private:
  const Basis* basis_;
  const NttPoly* source_;
  CoeffPoly terms_;
  CoeffPoly quotients_;
  std::vector<Convertible> digits_;
};

}  // namespace veilray::ring
