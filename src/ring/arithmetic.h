#pragma once
// Limb by limb: each function works on every limb of its operands.
// Throws: Error{kLevelMismatch} for operands of different shapes.
#include <cstdint>

#include "ring/basis.h"
#include "ring/poly.h"

namespace veilray::ring {

/// a += b
template <Domain D>
void add_to(const Basis& basis, Poly<D>& a, const Poly<D>& b);
/// a -= b
template <Domain D>
void subtract_from(const Basis& basis, Poly<D>& a, const Poly<D>& b);
/// a = -a
template <Domain D>
void negate(const Basis& basis, Poly<D>& a);
/// a *= factor. Any 64-bit integer: it is reduced modulo each prime.
template <Domain D>
void multiply_by_integer(const Basis& basis, Poly<D>& a, std::int64_t factor);

/// a *= b in the ring. `b` may have more chain limbs than `a`.
void multiply_by(const Basis& basis, NttPoly& a, const NttPoly& b);
/// a *= X^(n/2), a square root of -1 in the ring and the imaginary unit of every slot.
void multiply_by_root_of_minus_one(const Basis& basis, NttPoly& a);

}  // namespace veilray::ring
