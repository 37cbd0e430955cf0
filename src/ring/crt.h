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
/// The same modulo the first prime of the chain for outs[0], the second for outs[1], and so on:
/// they are rounded once for all of them.
void from_doubles(const Basis& basis, std::span<const double> values,
                  std::span<const std::span<std::uint32_t>> outs);

}  // namespace veilray::ring
