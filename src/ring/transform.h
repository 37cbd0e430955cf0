#pragma once
#include <cstdint>
#include <span>

#include "ring/basis.h"
#include "ring/poly.h"

namespace veilray::ring {

/// Both consume their input: no stale copy stays behind in the wrong domain.
NttPoly to_ntt(const Basis& basis, CoeffPoly poly);
CoeffPoly to_coefficients(const Basis& basis, NttPoly poly);

/// The transform of a polynomial in powers of X^run, given by its values.size() = n / run
/// coefficients: its n values come in n / run runs of equal neighbours; out come one of each.
/// In place. Ranges: [0, q).
/// Throws: Error{kInvalidArgument} unless run is a power of two and at least 16.
void sparse_to_ntt(std::span<std::uint32_t> values, const math::NttTables& tables);

}  // namespace veilray::ring
