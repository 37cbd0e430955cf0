#pragma once
#include <cstdint>
#include <span>

#include "ring/basis.h"
#include "ring/poly.h"

namespace veilray::ring {

/// out[i] = coefficient i, taken in (-Q/2, Q/2), rounded to double; about a unit in the last place
/// per limb. Consumes the residues. Chain limbs only.
void to_doubles(const Basis& basis, CoeffPoly poly, std::span<double> out);

/// The residues of integers given as doubles of any size (a double at or above 2^53 is an integer).
/// Values are rounded to nearest first.
void from_doubles(const math::Modulus& q, std::span<const double> values,
                  std::span<std::uint32_t> out);

}  // namespace veilray::ring
