#pragma once
#include <cstdint>

#include "math/automorphism.h"
#include "ring/basis.h"
#include "ring/galois_element.h"
#include "ring/poly.h"
#include "ring/workspace.h"

namespace veilray::ring {

/// poly(X^g): a permutation of the transformed values.
NttPoly apply_automorphism(NttPoly poly, const math::AutomorphismTable& table,
                           Workspace& workspace);

/// g^-1 mod 2n. Precondition: g odd.
GaloisElement inverse(GaloisElement g, std::uint32_t n) noexcept;

}  // namespace veilray::ring
