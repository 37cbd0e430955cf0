#pragma once
#include "math/kernels/table.h"

namespace veilray::math {

void scalar_ntt_forward(Residue* values, const NttView& tables) noexcept;
void scalar_ntt_inverse(Residue* out, const Residue* in, const NttView& tables) noexcept;

}  // namespace veilray::math
